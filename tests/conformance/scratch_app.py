"""A scratch Frappe app written to a temporary folder, to watch what installing and migrating do when.

Its hooks write down what exists at the moment they are called.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

APP = "erp_conformance_app"
MODULE = "Erp Conformance"
DOCTYPE = "Conformance Thing"
ROLE = "Probe Fixture Role"
JOB = "steps.probe_daily"

HOOKS = f"""
app_name = "{APP}"
app_title = "Conformance"
app_publisher = "Tests"
app_description = "Scratch app"
app_email = "tests@example.com"
app_license = "mit"
before_install = "{APP}.steps.before_install"
after_install = "{APP}.steps.after_install"
after_sync = "{APP}.steps.after_sync"
before_migrate = ["{APP}.steps.before_migrate"]
after_migrate = ["{APP}.steps.after_migrate"]
fixtures = [{{"dt": "Role", "filters": [["name", "=", "{ROLE}"]]}}]
scheduler_events = {{"daily": ["{APP}.steps.probe_daily"]}}
"""

STEPS = f"""
import frappe

seen = []


def _look(step):
    has_type = bool(frappe.db.exists("DocType", "{DOCTYPE}"))
    seen.append(
        {{
            "step": step,
            "doctype": has_type,
            "second_field": has_type and frappe.db.has_column("{DOCTYPE}", "second"),
            "fixture": bool(frappe.db.exists("Role", "{ROLE}")),
            "job": bool(frappe.db.exists("Scheduled Job Type", "{JOB}")),
            "installed": "{APP}" in frappe.get_installed_apps(),
        }}
    )


def before_install():
    _look("before_install")


def after_install():
    _look("after_install")


def after_sync():
    _look("after_sync")


def before_migrate():
    _look("before_migrate")


def after_migrate():
    _look("after_migrate")


def probe_daily():
    pass
"""

PATCHES = "[pre_model_sync]\n{app}.patches.at_install_pre\n{pre}\n[post_model_sync]\n{post}\n"


def _doctype_json(*fieldnames: str) -> str:
    return json.dumps(
        {
            "doctype": "DocType",
            "name": DOCTYPE,
            "module": MODULE,
            "custom": 0,
            "autoname": "hash",
            "engine": "InnoDB",
            "field_order": list(fieldnames),
            "fields": [
                {"fieldname": name, "fieldtype": "Data", "label": name.title()} for name in fieldnames
            ],
            "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
            "modified": f"2024-01-0{len(fieldnames)} 00:00:00",
            "owner": "Administrator",
            "sort_field": "modified",
            "sort_order": "DESC",
        }
    )


def write(top: Path) -> None:
    """Write the app below a folder: one DocType, one fixture, one patch."""
    files = {
        "__init__.py": '__version__ = "1.0.0"\n',
        "hooks.py": HOOKS,
        "steps.py": STEPS,
        "modules.txt": MODULE + "\n",
        "patches.txt": PATCHES.format(app=APP, pre="", post=""),
        "patches/__init__.py": "",
        "fixtures/role.json": json.dumps(
            [{"doctype": "Role", "name": ROLE, "role_name": ROLE, "desk_access": 1}]
        ),
        "erp_conformance/__init__.py": "",
        "erp_conformance/doctype/__init__.py": "",
        "erp_conformance/doctype/conformance_thing/__init__.py": "",
        "erp_conformance/doctype/conformance_thing/conformance_thing.py": (
            "from frappe.model.document import Document\n\n\nclass ConformanceThing(Document):\n    pass\n"
        ),
        "erp_conformance/doctype/conformance_thing/conformance_thing.json": _doctype_json("first"),
    }
    for name in ("at_install_pre", "later_pre", "later_post"):
        files[f"patches/{name}.py"] = (
            f"from {APP}.steps import _look\n\n\ndef execute():\n    _look('patch {name}')\n"
        )
    for path, text in files.items():
        target = top / APP / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def next_version(top: Path) -> None:
    """Add a field to the DocType, a patch before the model sync and two after it."""
    folder = top / APP
    thing = folder / "erp_conformance" / "doctype" / "conformance_thing" / "conformance_thing.json"
    thing.write_text(_doctype_json("first", "second"))
    post = f"{APP}.patches.later_post\nexecute:from {APP}.steps import _look; _look('execute line')"
    (folder / "patches.txt").write_text(PATCHES.format(app=APP, pre=f"{APP}.patches.later_pre", post=post))


@contextmanager
def on_the_bench(top: Path):
    """Let the bench know the app while the block runs and remove every trace of it from the site."""
    import frappe

    original = frappe.get_all_apps

    def get_all_apps(*args, **kwargs):
        apps = original(*args, **kwargs)
        return apps if APP in apps else [*apps, APP]

    sys.path.insert(0, str(top))
    importlib.invalidate_caches()
    frappe.get_all_apps = get_all_apps
    frappe.clear_cache()
    frappe.setup_module_map()
    try:
        yield
    finally:
        _remove_from_site()
        frappe.get_all_apps = original
        sys.path.remove(str(top))
        for name in [name for name in sys.modules if name == APP or name.startswith(APP + ".")]:
            del sys.modules[name]
        frappe.clear_cache()
        frappe.setup_module_map()
        shutil.rmtree(top / APP)


def _remove_from_site() -> None:
    import frappe

    frappe.db.rollback()
    for flag in ("in_install", "in_migrate", "in_patch"):
        frappe.flags[flag] = False
    frappe.set_user("Administrator")
    for doctype, filters in (
        ("Custom Field", {"dt": DOCTYPE}),
        ("DocField", {"parent": DOCTYPE}),
        ("DocPerm", {"parent": DOCTYPE}),
        ("DocType", {"name": DOCTYPE}),
        ("Module Def", {"name": MODULE}),
        ("Role", {"name": ROLE}),
        ("Scheduled Job Type", {"name": JOB}),
        ("Patch Log", {"patch": ["like", f"%{APP}%"]}),
    ):
        frappe.db.delete(doctype, filters)
    apps = [app for app in json.loads(frappe.db.get_global("installed_apps")) if app != APP]
    frappe.db.set_global("installed_apps", json.dumps(apps))
    frappe.db.commit()
    frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `tab{DOCTYPE}`")
