"""File: what is attached to documents, on disk below the site."""

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_files_path

DEFAULT_MAX_FILE_SIZE = 25 * 1024 * 1024
LOCAL = ("/files/", "/private/files/")


def _hash(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class MaxFileSizeReachedError(frappe.ValidationError):
    http_status_code = 413


class File(Document):
    no_feed_on_delete = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.content = self.get("content") or b""

    @property
    def is_remote_file(self):
        return self.file_url.startswith(("http://", "https://")) if self.file_url else not self.content

    def autoname(self):
        folder = f"{self.folder}/{self.file_name}" if self.folder else self.file_name
        self.name = folder if self.is_folder else frappe.generate_hash(length=10)

    def before_insert(self):
        if self.file_url:
            self.is_private = cint(self.file_url.startswith("/private/"))
        self.file_name = re.sub(r"[/\\]", "", self.file_name or self.file_url.split("/")[-1])
        if self.content:
            self.save_file(self.content)

    def validate(self):
        self.file_url = unquote(self.file_url or "")
        if self.is_remote_file:
            return
        is_local = self.file_url.startswith(LOCAL)
        path = self.get_full_path().resolve() if is_local else Path()
        if Path(get_files_path(is_private=self.is_private)).resolve() not in path.parents:
            frappe.throw(_("The File URL you've entered is incorrect"), title=_("Invalid File URL"))
        if not path.exists():
            frappe.throw(_("File {0} does not exist").format(self.file_url), IOError)
        self.content_hash = self.content_hash or _hash(path.read_bytes())

    def after_insert(self):
        link = f'<a href="{self.file_url}">{frappe.utils.escape_html(self.file_name)}</a>'
        self._tell_document("Attachment", _("Added {0}").format(link))

    def on_trash(self):
        is_shared = frappe.db.exists("File", {"content_hash": self.content_hash, "name": ["!=", self.name]})
        if self.content_hash and not is_shared and not self.is_remote_file:
            path = self.get_full_path()
            frappe.db.after_commit.add(lambda: path.unlink(missing_ok=True))
        self._tell_document("Attachment Removed", _("Removed {0}").format(self.file_name))

    def _tell_document(self, comment_type, text):
        if self.attached_to_doctype and frappe.db.exists(self.attached_to_doctype, self.attached_to_name):
            frappe.get_doc(self.attached_to_doctype, self.attached_to_name).add_comment(comment_type, text)

    # -- content --------------------------------------------------------------------------------------

    def get_full_path(self):
        parts = self.file_url.split("/files/", 1)[1].split("/")
        return Path(get_files_path(*parts, is_private=self.file_url.startswith("/private/")))

    def get_content(self):
        """Return the content: text where it is UTF-8, bytes where it is not."""
        content = self.content or self.get_full_path().read_bytes()
        try:
            return content.decode() if isinstance(content, bytes) else content
        except UnicodeDecodeError:
            return content

    def save_file(self, content):
        """Write the content to disk, unless the same content is there already."""
        content = content.encode() if isinstance(content, str) else content
        limit = cint(frappe.local.conf.max_file_size) or DEFAULT_MAX_FILE_SIZE
        if len(content) > limit:
            text = _("File size exceeded the maximum allowed size of {0} MB").format(limit / 1048576)
            frappe.throw(text, exc=MaxFileSizeReachedError)
        self.file_size = len(content)
        self.content_hash = _hash(content)
        same = {"content_hash": self.content_hash, "is_private": cint(self.is_private)}
        self.file_url = frappe.db.get_value("File", same, "file_url")
        if self.file_url and self.get_full_path().exists():
            return
        folder = Path(get_files_path(is_private=self.is_private))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.file_name
        if path.exists():
            path = path.with_stem(f"{path.stem}{frappe.generate_hash(length=6)}")
        path.write_bytes(content)
        frappe.db.after_rollback.add(lambda: path.unlink(missing_ok=True))
        self.file_url = f"{'/private' if cint(self.is_private) else ''}/files/{path.name}"


def on_doctype_update():
    frappe.db.add_index("File", ["attached_to_doctype", "attached_to_name"])


def has_permission(doc, ptype=None, user=None):
    """Files are as open as the document they hang on; public ones to everybody, others to their owner."""
    user = user or frappe.session.user
    if ptype == "create":
        return None
    is_own = user != "Guest" and doc.owner == user
    if user == "Administrator" or is_own or (not doc.is_private and ptype in ("read", "select")):
        return True
    target = (doc.attached_to_doctype, doc.attached_to_name)
    if not all(target) or not frappe.db.exists(*target):
        return False
    needed = "write" if ptype in ("write", "delete") else "read"
    return frappe.get_doc(*target).has_permission(needed, user=user)


def get_permission_query_conditions(user=None):
    """List public files and the user's own; those of a document are asked for by its name."""
    user = user or frappe.session.user
    own = f"(`tabFile`.`is_private` = 0 OR `tabFile`.`owner` = {frappe.db.escape(user)})"
    return "" if user == "Administrator" else own


def attach_files_to_document(doc, event):
    """Attach the files that a document's Attach fields name; runs on every save."""
    for df in doc.meta.attach_fields:
        url = doc.get(df.fieldname)
        if not url or not url.startswith(LOCAL):
            continue
        fields = ("attached_to_doctype", "attached_to_name", "attached_to_field")
        target = dict(zip(fields, (doc.doctype, doc.name, df.fieldname), strict=True))
        files = frappe.get_all("File", {"file_url": url}, ["name", *fields])
        if any({**file, **target} == file for file in files):
            continue
        loose = [file for file in files if all(file[key] in (None, "", target[key]) for key in fields)]
        if loose:
            frappe.db.set_value("File", loose[0].name, target)
        elif files:
            frappe.get_doc({"doctype": "File", "file_url": url, **target}).insert(ignore_permissions=True)
