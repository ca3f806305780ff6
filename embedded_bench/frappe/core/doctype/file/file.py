"""File: what is attached to documents, on disk below the site."""

import hashlib
import mimetypes
import os
import re
from pathlib import Path
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.core.doctype.file.exceptions import AttachmentLimitReached, FileTypeNotAllowed, MaxFileSizeReachedError
from frappe.model.document import Document
from frappe.permissions import SYSTEM_USER_ROLE
from frappe.utils import cint, get_files_path

DEFAULT_MAX_FILE_SIZE = 25 * 1024 * 1024
REMOTE = ("http://", "https://", "/api/method/")


class File(Document):
    """One file; files of the same content share their place on disk."""

    no_feed_on_delete = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.content = self.get("content") or b""
        self.decode = self.get("decode", False)

    @property
    def is_remote_file(self):
        if self.file_url:
            return self.file_url.startswith(REMOTE)
        return not self.content

    def autoname(self):
        if self.is_folder:
            self.name = f"{self.folder}/{self.file_name}" if self.folder else self.file_name
        else:
            self.name = frappe.generate_hash(length=10)

    def before_insert(self):
        if not self.folder and not self.is_home_folder:
            is_attached = bool(self.attached_to_doctype)
            attachments = frappe.db.get_value("File", {"is_attachments_folder": 1}) if is_attached else None
            self.folder = attachments or "Home"
        if self.file_url:
            self.is_private = cint(self.file_url.startswith("/private/"))
        self.set_file_name()
        self.validate_attachment_limit()
        if self.is_folder:
            return
        self.set_file_type()
        if not self.is_remote_file:
            if self.content:
                self.save_file(content=self.content, decode=self.decode)
            self.content_hash = self.content_hash or self._hash_on_disk()

    def set_file_name(self):
        """Take the name from the address when none is given; a name has no folder."""
        if not self.file_name and not self.file_url:
            frappe.throw(_("Fields `file_name` or `file_url` must be set for File"), exc=frappe.MandatoryError)
        self.file_name = re.sub(r"[/\\]", "", self.file_name or self.file_url.split("/")[-1])

    def set_file_type(self):
        """Name the type after the extension; refuse uploads of types that the site does not allow."""
        guessed = mimetypes.guess_type(self.file_name)[0]
        extension = mimetypes.guess_extension(guessed) if guessed else None
        self.file_type = extension.lstrip(".").upper() if extension else None
        if not self.file_type or not getattr(frappe.local, "request", None):
            return
        allowed = frappe.get_system_settings("allowed_file_extensions")
        if allowed and self.file_type not in allowed.splitlines():
            frappe.throw(_("File type of {0} is not allowed").format(self.file_type), exc=FileTypeNotAllowed)

    def validate_attachment_limit(self):
        """Refuse more files than the DocType takes."""
        if not (self.attached_to_doctype and self.attached_to_name):
            return
        limit = cint(frappe.get_meta(self.attached_to_doctype).max_attachments)
        filters = {"attached_to_doctype": self.attached_to_doctype, "attached_to_name": self.attached_to_name}
        if limit and frappe.db.count("File", filters) >= limit:
            frappe.throw(
                _("Maximum Attachment Limit of {0} has been reached for {1} {2}.").format(
                    frappe.bold(limit), self.attached_to_doctype, self.attached_to_name
                ),
                exc=AttachmentLimitReached,
                title=_("Attachment Limit Reached"),
            )

    def validate(self):
        if self.is_folder:
            return
        self.file_url = unquote(self.file_url or "")
        if self.attached_to_doctype and not isinstance(self.attached_to_name, (str, int)):
            frappe.throw(_("Attached To Name must be a string or an integer"))
        if self.is_remote_file:
            return
        if not self.file_url.startswith(("/files/", "/private/files/")):
            frappe.throw(_("URL must start with http:// or https://"), title=_("Invalid URL"))
        if not self.is_new() and self.has_value_changed("is_private"):
            self._move()
        path = Path(self.get_full_path()).resolve()
        if Path(get_files_path(is_private=self.is_private)).resolve() not in path.parents:
            frappe.throw(_("The File URL you've entered is incorrect"), title=_("Invalid File URL"))
        if not path.exists():
            frappe.throw(_("File {0} does not exist").format(self.file_url), IOError)

    def _move(self):
        """Move the file between public and private when its visibility changed."""
        name = self.file_url.split("/")[-1]
        target = Path(get_files_path(name, is_private=self.is_private))
        source = Path(get_files_path(name, is_private=not cint(self.is_private)))
        url = f"{'/private' if cint(self.is_private) else ''}/files/{name}"
        if url == self.file_url:
            return
        if target.exists():
            frappe.throw(_("A file with same name {} already exists").format(target), exc=FileExistsError)
        source.rename(target)
        frappe.db.after_rollback.add(lambda: target.rename(source))
        self.file_url = url

    def after_insert(self):
        if not self.is_folder and self.attached_to_doctype:
            url = f'<a href="{self.file_url}">{frappe.utils.escape_html(self.file_name)}</a>'
            self.add_comment_in_reference_doc("Attachment", _("Added {0}").format(url))

    def on_trash(self):
        if self.is_home_folder or self.is_attachments_folder:
            frappe.throw(_("Cannot delete Home and Attachments folders"))
        if self.is_folder:
            return
        is_shared = frappe.db.exists("File", {"content_hash": self.content_hash, "name": ["!=", self.name]})
        if self.content_hash and not is_shared and not self.is_remote_file:
            path = Path(self.get_full_path())
            frappe.db.after_commit.add(lambda: path.unlink(missing_ok=True))
        self.add_comment_in_reference_doc("Attachment Removed", _("Removed {0}").format(self.file_name))

    def add_comment_in_reference_doc(self, comment_type, text):
        """Note on the document that it got or lost a file."""
        if self.attached_to_doctype and self.attached_to_name:
            if frappe.db.exists(self.attached_to_doctype, self.attached_to_name):
                doc = frappe.get_doc(self.attached_to_doctype, self.attached_to_name)
                doc.add_comment(comment_type, text)

    # -- content --------------------------------------------------------------------------------------

    def get_full_path(self):
        """Return the file's place on disk."""
        url = self.file_url or f"/files/{self.file_name}"
        if url.startswith("/private/files/"):
            return get_files_path(*url.split("/private/files/", 1)[1].split("/"), is_private=1)
        if url.startswith("/files/"):
            return get_files_path(*url.split("/files/", 1)[1].split("/"))
        if url.startswith(REMOTE):
            return url
        frappe.throw(_("There is some problem with the file url: {0}").format(url))

    def exists_on_disk(self):
        """Tell whether the file is there."""
        return os.path.exists(self.get_full_path())

    def get_content(self):
        """Return the content: text where it is UTF-8, bytes where it is not."""
        if self.is_folder:
            frappe.throw(_("Cannot get file contents of a Folder"))
        content = self.content or Path(self.get_full_path()).read_bytes()
        try:
            return content.decode() if isinstance(content, bytes) else content
        except UnicodeDecodeError:
            return content

    def save_file(self, content=None, decode=False, ignore_existing_file_check=False, overwrite=False):
        """Write the content to disk, unless the same content is there already."""
        import base64

        if decode:
            raw = content.encode() if isinstance(content, str) else content
            content = base64.b64decode(raw.split(b",", 1)[1] if b"," in raw else raw)
        elif isinstance(content, str):
            content = content.encode()
        limit = cint(frappe.get_system_settings("max_file_size")) * 1024 * 1024
        limit = limit or cint(frappe.local.conf.max_file_size) or DEFAULT_MAX_FILE_SIZE
        if len(content) > limit:
            frappe.throw(
                _("File size exceeded the maximum allowed size of {0} MB").format(limit / 1048576),
                exc=MaxFileSizeReachedError,
            )
        self.file_size = len(content)
        self.content_hash = hashlib.md5(content, usedforsecurity=False).hexdigest()
        same = {"content_hash": self.content_hash, "is_private": cint(self.is_private)}
        url = frappe.db.get_value("File", same, "file_url")
        if url and not overwrite:
            self.file_url = url
            if self.exists_on_disk():
                return
        folder = Path(get_files_path(is_private=self.is_private))
        folder.mkdir(parents=True, exist_ok=True)
        name = self.file_name
        if (folder / name).exists() and not overwrite:
            stem, suffix = os.path.splitext(name)
            name = f"{stem}{frappe.generate_hash(length=6)}{suffix}"
        path = folder / name
        path.write_bytes(content)
        frappe.db.after_rollback.add(lambda: path.unlink(missing_ok=True))
        self.file_url = f"{'/private' if cint(self.is_private) else ''}/files/{name}"

    def _hash_on_disk(self):
        if not self.file_url or not self.exists_on_disk():
            return None
        return hashlib.md5(Path(self.get_full_path()).read_bytes(), usedforsecurity=False).hexdigest()

    def is_downloadable(self):
        """Tell whether the session user may read the file."""
        return has_permission(self, "read")

    @property
    def unique_url(self):
        return f"{self.file_url}?fid={self.name}"


def on_doctype_update():
    frappe.db.add_index("File", ["attached_to_doctype", "attached_to_name"])


def has_permission(doc, ptype=None, user=None, debug=False):
    """Files are as open as the document they hang on; public ones to everybody, others to their owner."""
    user = user or frappe.session.user
    if user == "Administrator":
        return True
    if ptype == "create":
        return frappe.has_permission("File", "create", user=user)
    if not doc.is_private and ptype in ("read", "select"):
        return True
    if user != "Guest" and doc.owner == user:
        return True
    if not (doc.attached_to_doctype and doc.attached_to_name):
        return False
    if not frappe.db.exists(doc.attached_to_doctype, doc.attached_to_name):
        return False
    document = frappe.get_doc(doc.attached_to_doctype, doc.attached_to_name)
    return document.has_permission("write" if ptype in ("write", "create", "delete") else "read", user=user)


def get_permission_query_conditions(user=None):
    """Restrict lists of files in the same way, by DocType."""
    from frappe.permissions import get_valid_perms

    user = user or frappe.session.user
    if user == "Administrator":
        return ""
    own = f"`tabFile`.`owner` = {frappe.db.escape(user)}"
    if SYSTEM_USER_ROLE not in frappe.get_roles(user):
        return own
    readable = {p.parent for p in get_valid_perms(user=user) if p.read}
    names = ", ".join(frappe.db.escape(name) for name in sorted(readable)) or "''"
    return (
        f"(`tabFile`.`is_private` = 0 OR (`tabFile`.`attached_to_doctype` IS NULL AND {own}) "
        f"OR `tabFile`.`attached_to_doctype` IN ({names}))"
    )
