"""Patches: the lines of each app's `patches.txt`, run once per site, each in a transaction of its own."""

import enum
import os

import frappe


class PatchType(enum.Enum):
    """When a patch runs: before or after the DocTypes are brought up to date."""

    pre_model_sync = "pre_model_sync"
    post_model_sync = "post_model_sync"


def get_patches_from_app(app: str, patch_type: PatchType | None = None) -> list[str]:
    """Return the patches of an app; a file without sections holds only `pre_model_sync` patches."""
    path, current = frappe.get_app_path(app, "patches.txt"), PatchType.pre_model_sync
    patches = []
    for line in frappe.get_file_items(path) if os.path.exists(path) else []:
        if line.startswith("["):
            current = PatchType(line.strip("[]"))
        elif patch_type in (None, current):
            patches.append(line)
    return patches


def run_all(patch_type: PatchType | None = None) -> None:
    """Run every pending patch; the first that fails ends the migration."""
    done = set(frappe.get_all("Patch Log", pluck="patch"))
    for app in frappe.get_installed_apps():
        for patch in get_patches_from_app(app, patch_type):
            if patch not in done:
                execute_patch(patch)


def execute_patch(patchmodule: str) -> None:
    """Run a patch and log it, both or neither."""
    frappe.flags.in_patch = True
    frappe.db.commit()
    try:
        if patchmodule.startswith("execute:"):
            exec(patchmodule.removeprefix("execute:"), {"frappe": frappe})  # a line of the app's own file
        else:
            frappe.get_attr(f"{patchmodule.split(maxsplit=1)[0]}.execute")()
        frappe.get_doc(doctype="Patch Log", patch=patchmodule).insert(ignore_permissions=True)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        raise
    finally:
        frappe.flags.in_patch = False
