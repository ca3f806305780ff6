"""The scheduler: puts the due Scheduled Job Types of a site into the queue."""

from __future__ import annotations

import frappe
from frappe.utils import cint
from frappe.utils.background_jobs import TABLE
from frappe.utils.data import add_to_date, now_datetime


def is_scheduler_inactive(verbose=True) -> bool:
    """Return whether the site has its scheduler switched off."""
    conf = frappe.local.conf
    return bool(conf.maintenance_mode or cint(conf.pause_scheduler) or is_scheduler_disabled())


def is_scheduler_disabled(verbose=True) -> bool:
    """Return whether System Settings or the configuration switch the scheduler off."""
    return bool(cint(frappe.local.conf.disable_scheduler)) or frappe.db.get_single_value(
        "System Settings", "enable_scheduler"
    ) in (0, "0")


def enqueue_events(site: str | None = None) -> list[str]:
    """Put every due event into the queue; returns their methods."""
    if is_scheduler_inactive():
        return []
    due = []
    for name in frappe.get_all("Scheduled Job Type", filters={"stopped": 0}, pluck="name"):
        job_type = frappe.get_doc("Scheduled Job Type", name)
        try:
            if job_type.enqueue():
                due.append(job_type.method)
            frappe.db.commit()
        except Exception:
            frappe.db.rollback()
            frappe.logger("scheduler").exception("%s could not be queued", name)
    _forget_old_failures()
    return due


def _forget_old_failures() -> None:
    """Failed jobs stay a week, to be looked at."""
    week_ago = add_to_date(now_datetime(), days=-7)
    if frappe.db.sql(
        f"select 1 from `{TABLE}` where `status`='Failed' and `started`<%s limit 1", (week_ago,)
    ):
        frappe.db.sql(f"delete from `{TABLE}` where `status`='Failed' and `started`<%s", (week_ago,))
    frappe.db.commit()
