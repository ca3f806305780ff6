"""Scheduled Job Type: one event of `scheduler_events`, when it is due and how its runs are logged."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import frappe
from croniter.croniter import CroniterError, croniter
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import enqueue, is_job_enqueued

CRON = {
    "Yearly": "0 0 1 1 *",
    "Annual": "0 0 1 1 *",
    "Monthly": "0 0 1 * *",
    "Weekly": "0 0 * * 0",
    "Daily": "0 0 * * *",
    "Hourly": "0 * * * *",
    "All": "*/4 * * * *",
}


class ScheduledJobType(Document):
    """An event of the scheduler."""

    def autoname(self):
        """Name it by the last two parts of the method's path."""
        self.name = ".".join(self.method.split(".")[-2:])

    def validate(self):
        """Log every run but those of `all`, and check the cron expression."""
        if self.frequency != "All":
            self.create_log = 1
        if self.frequency == "Cron":
            if not self.cron_format:
                frappe.throw(_("Cron format is required for job types with Cron frequency."))
            try:
                croniter(self.cron_format)
            except (CroniterError, ValueError):
                frappe.throw(
                    _("{0} is not a valid Cron expression.").format(f"<code>{self.cron_format}</code>"),
                    title=_("Bad Cron Expression"),
                )

    @property
    def rq_job_id(self) -> str:
        """The id that keeps a second run out of the queue."""
        return f"scheduled_job::{self.method}"

    def enqueue(self, force=False) -> bool:
        """Put a run into the queue when one is due and none waits or runs."""
        if not (force or self.is_event_due()) or is_job_enqueued(self.rq_job_id):
            return False
        enqueue(
            "frappe.core.doctype.scheduled_job_type.scheduled_job_type.run_scheduled_job",
            queue="long" if "Long" in self.frequency else "default",
            job_type=self.method,
            job_id=self.rq_job_id,
        )
        return True

    def is_event_due(self, current_time=None) -> bool:
        """Return whether the next run after the last one lies in the past."""
        return self.get_next_execution() <= (current_time or now_datetime())

    def get_next_execution(self) -> datetime:
        """Return when the next run is due; long jobs are spread over ten minutes."""
        expression = self.cron_format or CRON[self.frequency.removesuffix(" Long")]
        last = get_datetime(self.last_execution or self.creation)
        jitter = random.randint(1, 600) if "Long" in self.frequency else 0
        return croniter(expression, last).get_next(datetime) + timedelta(seconds=jitter)

    def execute(self) -> None:
        """Run the event: commit and Complete, or roll back and Failed."""
        self.log = None
        try:
            self._log_status("Start")
            frappe.get_attr(self.method)()
            frappe.db.commit()
            self._log_status("Complete")
        except Exception:
            frappe.db.rollback()
            self._log_status("Failed")

    def _log_status(self, status: str) -> None:
        if status == "Start":
            self.db_set("last_execution", now_datetime(), update_modified=False)
        if self.create_log and not self.log:
            self.log = frappe.get_doc(doctype="Scheduled Job Log", scheduled_job_type=self.name)
            self.log.insert(ignore_permissions=True)
        if self.log:
            self.log.db_set({"status": status, "details": frappe.get_traceback()})
        elif status == "Failed":
            frappe.log_error(title=f"Scheduled job failed: {self.method}")
        frappe.db.commit()

    def on_trash(self):
        """Forget the runs."""
        frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": self.name})


def run_scheduled_job(job_type: str) -> None:
    """Run the event of a method; the job that `enqueue` makes."""
    frappe.get_doc("Scheduled Job Type", {"method": job_type}).execute()


def sync_jobs(hooks: dict | None = None) -> None:
    """Bring the Scheduled Job Types in line with the `scheduler_events` of the apps."""
    wanted = {}
    for event, value in (hooks or frappe.get_hooks("scheduler_events", {})).items():
        if isinstance(value, dict):
            wanted.update({method: ("Cron", cron) for cron, methods in value.items() for method in methods})
        else:
            wanted.update({method: (event.replace("_", " ").title(), None) for method in value})
    fields = ["name", "method", "frequency", "cron_format"]
    existing = {row.method: row for row in frappe.get_all("Scheduled Job Type", fields=fields)}
    for method, row in existing.items():
        if method not in wanted:
            frappe.delete_doc("Scheduled Job Type", row.name, force=True)
    for method, (frequency, cron) in wanted.items():
        row = existing.get(method, frappe._dict())
        if (row.frequency, row.cron_format or None) != (frequency, cron):
            doc = (
                frappe.get_doc("Scheduled Job Type", row.name)
                if row
                else frappe.new_doc("Scheduled Job Type")
            )
            doc.method = method
            doc.update({"frequency": frequency, "cron_format": cron})
            doc.save(ignore_permissions=True)
