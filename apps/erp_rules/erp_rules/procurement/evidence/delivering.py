"""Handing packs out: at once or in the background, always logged; and telling whether a pack is ours."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import frappe
from frappe import _
from frappe.utils import cstr, now_datetime

from erp_rules.procurement.evidence import collecting, packing
from erp_rules.procurement.evidence.collecting import ORDER, Collection
from erp_rules.procurement.evidence.packing import Pack, Problem

METHOD = "evidence pack"
LOG = "Access Log"
STREAMED_DOCUMENTS = 150
STREAMED_BYTES = 8 * 1024**2
KEPT_DAYS = 30
JOB_SECONDS = 1500


def is_big(collection: Collection) -> bool:
    """Return whether a pack takes too long for one request: many documents, or many megabytes of files."""
    size = sum(file.get("file_size") or 0 for file in collection.files())
    return len(collection.references()) > STREAMED_DOCUMENTS or size > STREAMED_BYTES


def make(collection: Collection) -> Pack:
    """Return the pack of a collection, and log who took it and the checksum of its manifest."""
    made = packing.pack(collection)
    _log(made)
    return made


def _log(made: Pack, file: str | None = None) -> None:
    detail = {"sha256": made.digest, "files": made.file_count}
    frappe.get_doc(
        {
            "doctype": LOG,
            "export_from": ORDER,
            "reference_document": made.order,
            "user": frappe.session.user,
            "file_type": "ZIP",
            "method": METHOD,
            "report_name": file,
            "filters": json.dumps(detail),
        }
    ).insert(ignore_permissions=True)


# --- in the background -----------------------------------------------------------------------


def make_later(order: str) -> None:
    """Have the pack of `order` made in the background for the session user; once, however often they ask."""
    frappe.enqueue(
        "erp_rules.procurement.evidence.delivering.run",
        queue="long",
        timeout=JOB_SECONDS,
        job_id=f"evidence-pack-{order}-{frappe.session.user}-{frappe.local.lang}",
        deduplicate=True,
        order=order,
        language=frappe.local.lang,
    )


def run(order: str, language: str) -> None:
    """Make a pack, keep it as a private file of its reader, and tell them: all of it or nothing.

    The file hangs on no document, because whoever may read the order might not be allowed all that is in it.
    """
    frappe.local.lang = language
    try:
        made = packing.pack(collecting.collect(order))
        file = frappe.get_doc(
            {"doctype": "File", "file_name": made.file_name, "is_private": 1, "content": made.content}
        )
        file.insert(ignore_permissions=True)
        _log(made, file.name)
        _tell(order, _("The evidence pack of {0} is ready.").format(order), file.file_url)
    except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
        raise  # the queue tries again
    except Exception as error:
        frappe.db.rollback()
        frappe.log_error(title=f"Evidence pack of {order}")
        _tell(order, _("The evidence pack of {0} could not be made: {1}").format(order, cstr(error)[:200]))


def _tell(order: str, subject: str, link: str | None = None) -> None:
    frappe.get_doc(
        {
            "doctype": "Notification Log",
            "type": "Alert",
            "for_user": frappe.session.user,
            "from_user": frappe.session.user,
            "subject": subject,
            "document_type": ORDER,
            "document_name": order,
            "link": link,
        }
    ).insert(ignore_permissions=True)


def kept_for_reader(order: str) -> list[dict]:
    """Return the session user's own packs of `order` that were made in the background, latest first."""
    names = frappe.get_all(
        LOG,
        filters={"method": METHOD, "reference_document": order, "user": frappe.session.user},
        pluck="report_name",
    )
    return frappe.get_all(
        "File",
        filters={"name": ["in", [name for name in names if name]], "owner": frappe.session.user},
        fields=["name", "file_name", "file_url", "file_size", "creation"],
        order_by="creation desc",
    )


def remove_old() -> None:
    """Remove packs that were made in the background a while ago; they can be made again at any time."""
    before = now_datetime() - timedelta(days=KEPT_DAYS)
    names = frappe.get_all(LOG, filters={"method": METHOD, "creation": ["<", before]}, pluck="report_name")
    for name in frappe.get_all(
        "File", filters={"name": ["in", [name for name in names if name]]}, pluck="name"
    ):
        frappe.delete_doc("File", name, ignore_permissions=True)
    _remove_lost()


def _remove_lost() -> None:
    """Remove from the disk what killed jobs left there: packs of yesterday or before that no File tells of."""
    yesterday = time.time() - 24 * 3600
    folder = Path(frappe.get_site_path("private", "files"))
    for path in folder.glob("evidence-*.zip"):
        is_known = frappe.db.exists("File", {"file_url": f"/private/files/{path.name}"})
        if not is_known and path.stat().st_mtime < yesterday:
            path.unlink(missing_ok=True)


# --- checking --------------------------------------------------------------------------------


def verify(content: bytes) -> dict:
    """Return whether a pack is whole and was handed out by this site, and which files differ.

    For whom and when it was made is told to those only who may read its order.
    """
    digest, problems = packing.check(content)
    given = frappe.get_all(
        LOG,
        filters={"method": METHOD, "filters": ["like", f"%{digest}%"]},
        fields=["reference_document", "user", "creation"],
        order_by="creation asc",
        limit=1,
    )
    found = given[0] if given else None
    is_told = (
        found is not None
        and frappe.db.exists(ORDER, found.reference_document)
        and frappe.has_permission(ORDER, "read", doc=found.reference_document)
    )
    return {
        "is_intact": bool(found) and not problems,
        "is_ours": bool(found),
        "sha256": digest,
        "order": found.reference_document if is_told else None,
        "made_for": found.user if is_told else None,
        "made_at": cstr(found.creation)[:19] if is_told else None,
        "problems": [_told(problem) for problem in problems],
    }


def _told(problem: Problem) -> dict:
    return {"file": problem.file, "problem": problem.problem, "problem_label": _(problem.problem)}
