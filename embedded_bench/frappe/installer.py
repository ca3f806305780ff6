"""Sites and apps: the tables and records every site has, installing an app, site configuration."""

import importlib
import json
import os

import frappe
from frappe import _
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
from frappe.database.schema import create_framework_tables
from frappe.model.sync import sync_for
from frappe.modules.patch_handler import get_patches_from_app
from frappe.utils.fixtures import sync_fixtures
from frappe.utils.password import update_password


def create_site_data(admin_password: str) -> None:
    """Fill an empty database: tables, core DocTypes, roles, Administrator and Guest, currencies, settings."""
    frappe.flags.in_install_db, frappe.flags.in_install = True, "frappe"
    frappe.connect()
    create_framework_tables()
    frappe.clear_cache()
    sync_for("frappe", force=True)
    frappe.flags.in_install_db = False
    add_to_installed_apps("frappe")
    add_module_defs("frappe")
    for record in frappe.get_file_json(frappe.get_app_path("frappe", "first_records.json")):
        doc = frappe.get_doc(record)
        doc.flags.name_set = doc.flags.ignore_validate = doc.doctype == "User"
        if not frappe.db.exists(doc.doctype, doc.get("role_name") or doc.name):
            doc.insert(ignore_permissions=True, ignore_links=True, ignore_if_duplicate=True)
    update_password("Administrator", admin_password)
    for field, value in frappe.get_file_json(frappe.get_app_path("frappe", "first_settings.json")).items():
        frappe.db.set_single_value("System Settings", field, value)
    sync_jobs()
    frappe.db.commit()
    frappe.flags.in_install = False
    frappe.clear_cache()
    frappe.set_user("Administrator")


def update_site_config(key: str, value, validate=True, site_config_path=None) -> None:
    """Set a key of site_config.json; the file is replaced in one step."""
    path = site_config_path or frappe.get_site_path("site_config.json")
    config = {**frappe.get_file_json(path), key: value}
    handle = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        json.dump(config, file, indent=1, sort_keys=True)
    os.replace(f"{path}.new", path)
    frappe.local.conf[key] = value


def install_app(name: str, verbose=False, set_as_patched=True, force=False) -> None:
    """Install an app on the site, in Frappe's order of steps; `before_install` may refuse by returning False."""
    if name not in frappe.get_all_apps():
        raise frappe.AppNotInstalledError(f"App {name} not in apps.txt")
    hooks = frappe.get_hooks(app_name=name)
    if name in frappe.get_installed_apps() and not force:
        return
    frappe.flags.in_install = name
    try:
        frappe.clear_cache()
        if False in call_each(hooks.get("before_install", [])):
            return
        add_module_defs(name)
        sync_for(name, force=force, reset_permissions=True)
        add_to_installed_apps(name)
        if set_as_patched:
            set_all_patches_as_completed(name)
        call_each(hooks.get("after_install", []))
        sync_jobs()
        sync_fixtures(name)
        call_each(hooks.get("after_sync", []))
        frappe.db.commit()
    finally:
        frappe.flags.in_install = False
    frappe.clear_cache()


def call_each(paths: list[str]) -> list:
    return [frappe.get_attr(path)() for path in paths]


def add_module_defs(app: str, ignore_if_duplicate=True) -> None:
    for module in frappe.get_module_list(app):
        row = frappe.get_doc(doctype="Module Def", app_name=app, module_name=module)
        row.insert(ignore_permissions=True, ignore_if_duplicate=ignore_if_duplicate)
    frappe.setup_module_map()


def add_to_installed_apps(app_name: str) -> None:
    """Count an app among the installed ones; its hooks work from here on."""
    installed = dict.fromkeys([*frappe.get_installed_apps(), app_name])
    frappe.db.set_global("installed_apps", json.dumps(list(installed)))
    frappe.db.commit()
    frappe.local.request_cache.clear()
    frappe.clear_cache()


def set_all_patches_as_completed(app: str) -> None:
    """Mark the app's patches as done: a fresh site has what they would make."""
    for patch in get_patches_from_app(app):
        frappe.get_doc(doctype="Patch Log", patch=patch).insert(ignore_permissions=True)
    frappe.db.commit()


def app_version(app: str) -> str:
    return getattr(importlib.import_module(app), "__version__", "0.0.1")


def update_installed_versions() -> None:
    """Keep the versions of the apps that the site was last brought up to date with."""
    applications = frappe.get_doc("Installed Applications")
    rows = [{"app_name": app, "app_version": app_version(app)} for app in frappe.get_installed_apps()]
    applications.set("installed_applications", rows)
    applications.save(ignore_permissions=True)


def newer_apps() -> list[str]:
    """Return a line for each app of which the site was already used with a newer version."""
    rows = frappe.get_all("Installed Application", fields=["app_name", "app_version"])
    text = _("{0} was used with version {1}, here is {2}")
    known = [(row.app_name, row.app_version, app_version(row.app_name)) for row in rows]
    return [text.format(*line) for line in known if _as_numbers(line[1]) > _as_numbers(line[2])]


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
