"""Bringing a site up to date with the code of its apps, in Frappe's order of steps."""

import frappe
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
from frappe.database.schema import create_framework_tables
from frappe.installer import call_each, update_installed_versions
from frappe.model.sync import remove_orphan_doctypes, sync_all
from frappe.modules.patch_handler import PatchType, run_all
from frappe.utils.fixtures import sync_fixtures


class SiteMigration:
    """One migration; each phase commits, a failing patch ends it."""

    def __init__(self, skip_search_index: bool = False, progress=None):
        self.progress = progress or (lambda text: None)

    def run(self, site: str | None = None) -> None:
        """Migrate the connected site."""
        frappe.flags.in_migrate = True
        frappe.clear_cache()
        try:
            for phase in (self.pre_schema_updates, self.run_schema_updates, self.post_schema_updates):
                phase()
                frappe.db.commit()
        except Exception:
            frappe.db.rollback()
            raise
        finally:
            frappe.flags.in_migrate = False
            frappe.clear_cache()

    def pre_schema_updates(self) -> None:
        call_each(frappe.get_hooks("before_migrate"))

    def run_schema_updates(self) -> None:
        """Run patches, bring the DocTypes up to date, run the other patches."""
        self.progress("Bringing tables up to date")
        create_framework_tables()
        run_all(PatchType.pre_model_sync)
        sync_all()
        run_all(PatchType.post_model_sync)

    def post_schema_updates(self) -> None:
        self.progress("Bringing jobs and fixtures up to date")
        for step in (sync_jobs, sync_fixtures, remove_orphan_doctypes, update_installed_versions):
            step()
        call_each(frappe.get_hooks("after_migrate"))
