"""Document Naming Rule: numbers by conditions."""

import frappe
from frappe.model.document import Document
from frappe.model.naming import parse_naming_series
from frappe.utils import compare


class DocumentNamingRule(Document):
    """One rule."""

    def on_update(self):
        frappe.cache.delete_value("document_naming_rules")

    def on_trash(self):
        frappe.cache.delete_value("document_naming_rules")

    def apply(self, doc):
        """Name the document when it meets all conditions; the counter stays locked until commit."""
        for row in self.conditions:
            if not compare(doc.get(row.field), row.condition, row.value):
                return
        counter = frappe.db.get_value(self.doctype, self.name, "counter", for_update=True) or 0
        prefix = parse_naming_series(self.prefix, doc=doc)
        doc.name = f"{prefix}{counter + 1:0{self.prefix_digits}d}"
        frappe.db.set_value(self.doctype, self.name, "counter", counter + 1)
