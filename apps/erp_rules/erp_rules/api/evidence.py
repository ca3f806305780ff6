"""The evidence pack of an order, as screens, the desk and other programs ask for it and check it (rulebook 6)."""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import cstr

from erp_rules.api.screens.desk import require_user
from erp_rules.procurement.evidence import collecting, delivering

UPLOAD_LIMIT = 512 * 1024**2


@frappe.whitelist(methods=["POST"])
def prepare(order: str) -> dict:
    """Return the address of the order's pack; a big one is begun in the background and told of when it is ready."""
    require_user()
    if delivering.is_big(collecting.collect(order)):
        delivering.make_later(order)
        return {
            "url": None,
            "is_later": True,
            "message": _("The pack is big and is being made; you will be notified when it is ready."),
        }
    url = f"/api/method/erp_rules.api.evidence.download?order={quote(order)}"
    return {"url": url, "is_later": False, "message": None}


@frappe.whitelist()
def download(order: str) -> None:
    """Send the evidence pack of an order; the download is logged, and refused when the pack is a big one."""
    require_user()
    collection = collecting.collect(order)
    if delivering.is_big(collection):
        frappe.throw(_("The pack of {0} is too big to be sent at once; have it prepared.").format(order))
    made = delivering.make(collection)
    frappe.local.flags.commit = True
    frappe.local.response.filename = made.file_name
    frappe.local.response.filecontent = made.content
    frappe.local.response.type = "download"


@frappe.whitelist()
def ready(order: str) -> list[dict]:
    """Return the user's own packs of an order that were made in the background, latest first."""
    require_user()
    frappe.has_permission(collecting.ORDER, "read", doc=order, throw=True)
    return [
        {"file_name": row.file_name, "file_url": row.file_url, "made_at": cstr(row.creation)[:19]}
        for row in delivering.kept_for_reader(order)
    ]


@frappe.whitelist(methods=["POST"])
def verify() -> dict:
    """Return what is wrong with the uploaded pack (form field `file`): which file differs, and whether it is ours."""
    require_user()
    frappe.has_permission(collecting.ORDER, "read", throw=True)
    uploaded = frappe.request.files.get("file")
    if uploaded is None:
        frappe.throw(_("Choose a file."))
    content = uploaded.stream.read(UPLOAD_LIMIT + 1)
    if len(content) > UPLOAD_LIMIT:
        frappe.throw(_("The pack is too big to be checked here; unpack it and use sha256sum."))
    return delivering.verify(content)
