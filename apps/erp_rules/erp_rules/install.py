"""Installation: refuse where the app does not belong, then seed what a site needs."""

import frappe
from frappe import _

ROUNDING = "Commercial Rounding"
# What names a DocType of this app and would outlive it, by the field that names it. A workflow, a notification
# or a task of a DocType that is gone breaks the pages and jobs that meet it.
OUTLIVING = {
    "Assignment Rule": "document_type",
    "Auto Repeat": "reference_doctype",
    "Notification": "document_type",
    "Notification Log": "document_type",
    "ToDo": "reference_type",
    "Workflow": "document_type",
    "Workflow Action": "reference_doctype",
}


def before_install() -> None:
    """Refuse to install beside ERPNext, whose DocTypes have the same names; nothing has changed by then.

    A bench that learnt of the app after the site was made still has the modules of that time in its cache, and
    would install none of ours; the map is made again.
    """
    if "erpnext" in frappe.get_installed_apps():
        frappe.throw(
            _(
                "ERP Rules cannot be installed on site {0}: it has ERPNext, which owns DocTypes of the same names "
                "(Supplier, Item, Purchase Order, …). Use a site of its own; nothing was changed."
            ).format(frappe.local.site)
        )
    frappe.setup_module_map()


def after_install() -> None:
    """Round as the trade does, and seed the regulation; DocTypes are there, fixtures not yet."""
    frappe.db.set_single_value("System Settings", "rounding_method", ROUNDING)
    _make_roles_and_states()
    seed()


def after_sync() -> None:
    """Seed again once fixtures and customisations are there."""
    seed()


def after_migrate() -> None:
    """Refresh the regulation; what an administrator changed stays."""
    seed()


def before_uninstall() -> None:
    """Take along what Frappe would leave behind: workflows, tasks, scheduled jobs and settings of this app.

    The history of the documents (versions, comments, files) stays.
    """
    modules = frappe.get_all("Module Def", filters={"app_name": "erp_rules"}, pluck="name")
    doctypes = frappe.get_all("DocType", filters={"module": ["in", modules]}, pluck="name")
    for kind in frappe.get_all("DocType", filters={"name": ["in", list(OUTLIVING)]}, pluck="name"):
        _delete_rows_about(kind, OUTLIVING[kind], doctypes)
    frappe.db.delete("Scheduled Job Type", {"method": ["like", "erp_rules.%"]})
    frappe.db.delete("Singles", {"doctype": ["in", doctypes]})
    frappe.clear_cache()


def _delete_rows_about(kind: str, field: str, doctypes: list[str]) -> None:
    """Delete records of a kind whose field names one of these DocTypes, with the rows of their tables."""
    record = frappe.qb.DocType(kind)
    gone = frappe.qb.from_(record).select(record.name).where(record[field].isin(doctypes))
    for table in frappe.get_meta(kind).get_table_fields():
        row = frappe.qb.DocType(table.options)
        mine = (row.parenttype == kind) & row.parent.isin(gone)
        frappe.qb.from_(row).delete().where(mine).run()
    frappe.db.delete(kind, {field: ["in", doctypes]})


def seed() -> None:
    """Seed every module's data; running it again changes nothing."""
    from erp_rules.rule_engine import seed as rule_engine_seed

    rule_engine_seed.seed()
    for path in frappe.get_hooks("rule_seeds"):
        frappe.get_attr(path)()


def _make_roles_and_states() -> None:
    """Import the fixtures that workflows link to, which Frappe itself imports only after `after_install`."""
    import json
    from pathlib import Path

    folder = Path(__file__).parent / "fixtures"
    for file in ("role.json", "workflow_state.json", "workflow_action_master.json"):
        for record in json.loads((folder / file).read_text(encoding="utf-8")):
            if not frappe.db.exists(record["doctype"], record["name"]):
                frappe.get_doc(record).insert(ignore_permissions=True)
