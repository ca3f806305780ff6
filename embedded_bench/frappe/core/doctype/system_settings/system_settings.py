"""System Settings: formats, sessions and passwords of the site."""

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document
from frappe.utils import cint


class SystemSettings(Document):
    """The site's settings; each is also a default that other code looks up by name."""

    def validate(self):
        if self.session_expiry:
            hours, _colon, minutes = self.session_expiry.partition(":")
            if not (hours.isdigit() and minutes.isdigit()):
                frappe.throw(_("Session Expiry must be in format {0}").format("hh:mm"))
        if self.disable_user_pass_login and not self.login_with_email_link:
            frappe.throw(_("Please enable atleast one Social Login Key or LDAP or Login With Email Link before disabling username/password based login."))
        self.minimum_password_score = self.minimum_password_score or "2"
        if self.force_user_to_reset_password and cint(self.force_user_to_reset_password) < 0:
            self.force_user_to_reset_password = 0

    def on_update(self):
        for df in self.meta.get("fields"):
            if df.fieldtype not in no_value_fields and self.has_value_changed(df.fieldname):
                frappe.db.set_default(df.fieldname, self.get(df.fieldname))
        if self.language:
            frappe.local.lang = self.language
        frappe.cache.delete_value("system_settings")
        frappe.cache.delete_value("time_zone")
        frappe.clear_document_cache(self.doctype, self.name)
