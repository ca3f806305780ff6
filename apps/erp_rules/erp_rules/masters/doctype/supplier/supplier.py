from frappe.model.document import Document

from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.masters.facts import supplier_keys


class Supplier(Document):
    """A supplier; its status is kept by surveys and evaluations only (4.1.1.2)."""

    def validate(self):
        """Fill in what follows from the rest: the first status, and the keys it is recognised by."""
        self.status = self.status or str(SupplierStatus.PROSPECTIVE)
        self.name_key, self.tax_key = supplier_keys(self.supplier_name, self.tax_id)
