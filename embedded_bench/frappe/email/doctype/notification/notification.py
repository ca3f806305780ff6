"""Notification: messages that a document's events cause, without code."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import validate_email_address

EVENTS = {
    "on_update": "Save",
    "after_insert": "New",
    "on_submit": "Submit",
    "on_cancel": "Cancel",
    "on_change": "Value Change",
}


class Notification(Document):
    """One rule: which event of which DocType tells whom."""

    def autoname(self):
        self.name = self.name or self.subject

    def validate(self):
        if self.event == "Value Change" and not self.value_changed:
            frappe.throw(_("Please specify which value field must be checked"))
        if self.condition:
            try:
                frappe.safe_eval(self.condition, None, get_context(frappe.new_doc(self.document_type)))
            except Exception as error:
                frappe.throw(_("The Condition '{0}' is invalid: {1}").format(self.condition, error))

    def on_update(self):
        frappe.cache.hdel("notifications", self.document_type)

    def on_trash(self):
        frappe.cache.hdel("notifications", self.document_type)

    def send(self, doc):
        """Tell the recipients: in the application, and by e-mail where that is set up."""
        context = get_context(doc)
        subject = frappe.render_template(self.subject or self.name, context)
        message = frappe.render_template(self.message or "", context)
        users, addresses = self.get_recipients(doc, context)
        if self.channel == "System Notification" or self.send_system_notification:
            from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification

            log = {
                "type": "Alert",
                "document_type": doc.doctype,
                "document_name": doc.name,
                "subject": subject,
                "from_user": doc.modified_by or doc.owner,
                "email_content": message,
            }
            enqueue_create_notification(users, log)
        if self.channel == "Email" and addresses:
            frappe.sendmail(
                recipients=addresses,
                subject=subject,
                message=message,
                reference_doctype=doc.doctype,
                reference_name=doc.name,
            )
        if self.set_property_after_alert and not doc.flags.in_notification_update:
            doc.flags.in_notification_update = True
            doc.db_set(self.set_property_after_alert, self.property_value)
            doc.flags.in_notification_update = False

    def get_recipients(self, doc, context):
        """Return (users, e-mail addresses) that the recipient rows lead to."""
        from frappe.core.doctype.role.role import get_info_based_on_role

        users = []
        for row in self.recipients:
            if row.condition and not frappe.safe_eval(row.condition, None, context):
                continue
            if row.receiver_by_document_field:
                users.append(doc.get(row.receiver_by_document_field.split(",")[0]))
            if row.receiver_by_role:
                users += get_info_based_on_role(row.receiver_by_role, "name")
            for text in (row.cc, row.bcc):
                users += (text or "").replace(",", "\n").split("\n")
        users = list(dict.fromkeys(user.strip() for user in users if user and user.strip()))
        return users, [user for user in users if validate_email_address(user)]


def get_context(doc):
    """Return what conditions and templates may use."""
    return {"doc": doc, "nowdate": frappe.utils.nowdate, "frappe": frappe._dict(utils=frappe.utils)}


def run_notifications(doc, method):
    """Send what waits for this event; each notification once per save."""
    event = EVENTS.get(method)
    if not event and method not in doc.__dict__.get("flags", ()):
        # only "Method" notifications can wait for other events
        event = "Method"
    if event == "Value Change" and (doc.flags.in_insert or doc.flags.in_delete):
        return
    waiting = frappe.cache.hget("notifications", doc.doctype)
    if waiting is None:
        if not frappe.db.table_exists("Notification"):
            return
        fields = ["name", "event", "method"]
        filters = {"enabled": 1, "document_type": doc.doctype}
        waiting = frappe.get_all("Notification", fields=fields, filters=filters)
        frappe.cache.hset("notifications", doc.doctype, waiting)
    if not waiting:
        return
    done = doc.flags.notifications_executed
    if done is None:
        done = doc.flags.notifications_executed = []
    for alert in waiting:
        is_due = alert.event == event if event != "Method" else alert.event == "Method" and alert.method == method
        if is_due and alert.name not in done:
            evaluate_alert(doc, alert.name, alert.event)
            done.append(alert.name)


def evaluate_alert(doc, alert, event):
    """Send one notification when its condition holds and the value it watches changed."""
    alert = frappe.get_doc("Notification", alert)
    if alert.condition and not frappe.safe_eval(alert.condition, None, get_context(doc)):
        return
    if event == "Value Change" and not doc.is_new() and not doc.has_value_changed(alert.value_changed):
        return
    alert.send(doc)
