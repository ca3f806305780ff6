"""Patches: the lines of each app's `patches.txt`, run once per site, each in a transaction of its own."""

from __future__ import annotations

import enum
import os

import frappe


class PatchType(enum.Enum):
    """When a patch runs: before or after the DocTypes are brought up to date."""

    pre_model_sync = "pre_model_sync"
    post_model_sync = "post_model_sync"


def get_patches_from_app(app: str, patch_type: PatchType | None = None) -> list[str]:
    """Return the patches of an app; a file without sections holds only `pre_model_sync` patches."""
    path = frappe.get_app_path(app, "patches.txt")
    lines = frappe.get_file_items(path) if os.path.exists(path) else []
    sections: dict[str, list[str]] = {kind.value: [] for kind in PatchType}
    current = PatchType.pre_model_sync.value
    for line in lines:
        if line.startswith("[") and line.endswith("]"):
            current = PatchType(line[1:-1]).value
        else:
            sections[current].append(line)
    wanted = [patch_type] if patch_type else list(PatchType)
    return [patch for kind in wanted for patch in sections[kind.value]]


def get_all_patches(patch_type: PatchType | None = None) -> list[str]:
    """Return the patches of all installed apps."""
    return [patch for app in frappe.get_installed_apps() for patch in get_patches_from_app(app, patch_type)]


def executed(patchmodule: str) -> bool:
    """Return whether a patch was run, or marked as done on a fresh site."""
    return bool(
        frappe.db.get_value("Patch Log", {"patch": patchmodule.removeprefix("finally:"), "skipped": 0})
    )


def run_all(skip_failing: bool = False, patch_type: PatchType | None = None) -> None:
    """Run every pending patch; the first that fails ends the migration unless `skip_failing`."""
    patches = get_all_patches(patch_type)
    for patch in sorted(patches, key=lambda line: line.startswith("finally:")):
        if executed(patch):
            continue
        try:
            execute_patch(patch.removeprefix("finally:"))
        except Exception:
            if not skip_failing:
                raise
            update_patch_log(patch, skipped=True)
            frappe.db.commit()


def execute_patch(patchmodule: str) -> None:
    """Run a patch and log it, both or neither."""
    frappe.flags.in_patch = True
    frappe.db.commit()
    try:
        if patchmodule.startswith("execute:"):
            exec(patchmodule.removeprefix("execute:"), {"frappe": frappe})
        else:
            frappe.get_attr(f"{patchmodule.split(maxsplit=1)[0]}.execute")()
        update_patch_log(patchmodule)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        raise
    finally:
        frappe.flags.in_patch = False


def update_patch_log(patchmodule: str, skipped=False) -> None:
    """Note that a patch was run, or skipped with its error."""
    log = frappe.get_doc(doctype="Patch Log", patch=patchmodule)
    if skipped:
        log.update({"skipped": 1, "traceback": frappe.get_traceback()})
    log.insert(ignore_permissions=True)
