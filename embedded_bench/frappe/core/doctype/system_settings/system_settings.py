"""System Settings: formats, sessions and passwords of the site."""

import frappe
from frappe.model import no_value_fields
from frappe.model.document import Document


class SystemSettings(Document):
    def on_update(self):
        for df in self.meta.fields:
            if df.fieldtype not in no_value_fields and self.has_value_changed(df.fieldname):
                frappe.db.set_default(df.fieldname, self.get(df.fieldname))
        self.clear_cache()
