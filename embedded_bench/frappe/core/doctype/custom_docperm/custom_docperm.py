"""Custom DocPerm: permissions as this site's people set them."""

import frappe
from frappe.model.document import Document


class CustomDocPerm(Document):
    def on_update(self):
        frappe.clear_cache(doctype=self.parent)

    after_delete = on_update
