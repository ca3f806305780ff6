"""The scheduler: puts the due Scheduled Job Types of a site into the queue."""

import frappe
from frappe.utils import cint
from frappe.utils.background_jobs import QUEUE
from frappe.utils.data import add_to_date, now_datetime


def is_scheduler_inactive(verbose=True) -> bool:
    is_paused = cint(frappe.local.conf.pause_scheduler)
    return bool(is_paused) or not frappe.db.get_single_value("System Settings", "enable_scheduler")


def enqueue_events(site: str | None = None) -> list[str]:
    """Put every due event into the queue; returns their methods. Failed jobs stay a week, to be looked at."""
    if is_scheduler_inactive():
        return []
    due = []
    for name in frappe.get_all("Scheduled Job Type", filters={"stopped": 0}, pluck="name"):
        job_type = frappe.get_doc("Scheduled Job Type", name)
        try:
            due += [job_type.method] if job_type.enqueue() else []
            frappe.db.commit()
        except Exception:
            frappe.db.rollback()
            frappe.logger("scheduler").exception("%s could not be queued", name)
    week_ago = add_to_date(now_datetime(), days=-7)
    if frappe.db.exists(QUEUE, old := {"status": "Failed", "started": ["<", week_ago]}):
        frappe.db.delete(QUEUE, old)
    frappe.db.commit()
    return due
