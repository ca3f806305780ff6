"""Scheduled Job Type: one event of `scheduler_events`, when it is due and how its runs are logged."""

import random
from datetime import datetime, timedelta

import frappe
from croniter import croniter
from croniter.croniter import CroniterError
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import enqueue, is_job_enqueued

CRON = {"Monthly": "0 0 1 * *", "Weekly": "0 0 * * 0", "Daily": "0 0 * * *", "Hourly": "0 * * * *"}
CRON |= {"Yearly": "0 0 1 1 *", "All": "*/4 * * * *"}


class ScheduledJobType(Document):
    def autoname(self):
        self.name = ".".join(self.method.split(".")[-2:])

    def validate(self):
        """Log every run but those of `all`, and check the cron expression."""
        self.create_log = int(self.frequency != "All")
        try:
            croniter(self.cron_format or CRON[self.frequency.removesuffix(" Long")])
        except (CroniterError, KeyError):
            frappe.throw(_("{0} is not a valid Cron expression.").format(frappe.bold(self.cron_format)))

    def enqueue(self, force=False) -> bool:
        """Put a run into the queue when one is due and none waits or runs."""
        job_id, queue = f"scheduled_job::{self.method}", "long" if "Long" in self.frequency else "default"
        if not (force or self.is_event_due()) or is_job_enqueued(job_id):
            return False
        enqueue(run_scheduled_job, queue=queue, job_type=self.method, job_id=job_id)
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
        self.db_set("last_execution", now_datetime(), update_modified=False)
        log = frappe.get_doc(doctype="Scheduled Job Log", scheduled_job_type=self.name)
        if self.create_log:
            log.insert(ignore_permissions=True).db_set("status", "Start")
        frappe.db.commit()
        try:
            frappe.get_attr(self.method)()
            frappe.db.commit()
            outcome = {"status": "Complete"}
        except Exception:
            frappe.db.rollback()
            outcome = {"status": "Failed", "details": frappe.get_traceback()}
        if self.create_log:
            log.db_set(outcome)
        elif outcome["status"] == "Failed":
            frappe.log_error(f"Scheduled job failed: {self.method}", outcome["details"])
        frappe.db.commit()


def run_scheduled_job(job_type: str) -> None:
    """Run the event of a method; the job that `enqueue` makes."""
    frappe.get_doc("Scheduled Job Type", {"method": job_type}).execute()


def sync_jobs(hooks: dict | None = None) -> None:
    """Bring the Scheduled Job Types in line with the `scheduler_events` of the apps."""
    wanted = {}
    for event, value in (hooks or frappe.get_hooks("scheduler_events", {})).items():
        crons = value if isinstance(value, dict) else {None: value}
        frequency = "Cron" if isinstance(value, dict) else event.replace("_", " ").title()
        wanted.update({method: (frequency, cron) for cron, methods in crons.items() for method in methods})
    fields = ["name", "method", "frequency", "cron_format"]
    existing = {row.method: row for row in frappe.get_all("Scheduled Job Type", fields=fields)}
    for method in existing.keys() - wanted.keys():
        frappe.delete_doc("Scheduled Job Type", existing[method].name, force=True)
    for method, (frequency, cron) in wanted.items():
        row = existing.get(method)
        if row and (row.frequency, row.cron_format or None) == (frequency, cron):
            continue
        doc = frappe.get_doc("Scheduled Job Type", row.name) if row else frappe.new_doc("Scheduled Job Type")
        doc.update({"method": method, "frequency": frequency, "cron_format": cron})
        doc.save(ignore_permissions=True)
