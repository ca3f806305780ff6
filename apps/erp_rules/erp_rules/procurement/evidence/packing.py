"""Evidence packs as ZIP files: the same bytes for the same state and reader, and a manifest to check them by."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import frappe
from frappe import _
from frappe.utils import cstr

from erp_rules.procurement.evidence import pages
from erp_rules.procurement.evidence.collecting import ORDER, Collection
from erp_rules.rule_engine.records import Reference

FORMAT = "Purchase Order Form"
MANIFEST, SEAL, SUMMARY = "MANIFEST.txt", "MANIFEST.txt.sha256", "pack.json"
VERSION = 1

UNPACKED_LIMIT = 2 * 1024**3
_CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a ZIP file knows; the pack says when it was true
_LOCAL = ("/files/", "/private/files/")


@dataclass(frozen=True)
class Pack:
    """A finished pack; `digest` is the SHA-256 checksum of its manifest."""

    order: str
    file_name: str
    content: bytes
    digest: str
    file_count: int


@dataclass(frozen=True)
class Problem:
    """What is wrong with one file of a pack."""

    file: str
    problem: str  # Changed, Missing, Not in the manifest


def pack(collection: Collection) -> Pack:
    """Return the pack of a collection, in the language of the request."""
    packed = _Packer(collection).pack()
    content, digest = _sealed(packed)
    name = f"evidence-{_safe(collection.order)}-{digest[:12]}.zip"
    return Pack(collection.order, name, content, digest, len(packed))


class _Packer:
    """Puts the files of one pack together, each under a path that is used once."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.files: dict[str, bytes] = {}
        self.missing: list[dict] = []
        self.taken: set[str] = set()
        self.paths: dict[Reference, str] = {}
        for reference in collection.references():
            doctype, name = reference
            self.paths[reference] = self._free(f"documents/{_safe(doctype)}/{_safe(name)}")

    def pack(self) -> dict[str, bytes]:
        """Return the files by path."""
        people = _people(self.collection)
        attached = {reference: self._attachments(reference) for reference in self.collection.references()}
        for reference in self.collection.references():
            self._document(reference, people, attached[reference])
        for doctype, rows in self.collection.tables.items():
            if rows:
                self._put(f"tables/{_safe(doctype)}.json", _json(list(rows.values())))
        printed = self._print()
        self._put(
            "index.html", pages.index(self.collection, people, self.paths.__getitem__, attached, printed)
        )
        self._put(SUMMARY, _json(self._summary(attached, printed)))
        return self.files

    def _document(self, reference: Reference, people: dict[str, str], attached: list) -> None:
        doctype, name = reference
        values, kept = self.collection.documents[doctype][name], self.collection.kept[reference]
        path = self.paths[reference]
        paths_of_files = [{"label": label, "path": file_path or None} for label, file_path in attached]
        history = {key: rows for key, rows in vars(kept).items() if key != "files"}
        self._put(
            f"{path}.json",
            _json({"doctype": doctype, **values, "history": history, "attachments": paths_of_files}),
        )
        shown = pages.document(reference, values, kept, people, attached, "../" * path.count("/"))
        self._put(f"{path}.html", shown)

    def _attachments(self, reference: Reference) -> list[tuple[str, str]]:
        """Put the files of a document into the pack; return label and path of each, no path for one not here."""
        found = []
        for file in self.collection.kept[reference].files:
            label = cstr(file["file_name"] or file["file_url"])
            url = cstr(file["file_url"])
            content = _content_of(file) if url.startswith(_LOCAL) else None
            if content is None:
                found.append((f"{label} ({_('not in the pack')}: {url})", ""))
                self.missing.append({"document": list(reference), "file": label, "url": url})
                continue
            path = self._free(f"attachments/{_safe(reference[0])}/{_safe(reference[1])}/{_safe(label)}")
            self._put(path, content)
            found.append((label, path))
        return found

    def _print(self) -> str | None:
        """Put the printed order into the pack when the reader may print it.

        The form is rendered here: Frappe's page of a print carries programs, links to the server's own style
        sheets, and a log entry that it commits, with all that the caller has not decided on yet.
        """
        order = frappe.get_doc(ORDER, self.collection.order)
        form = frappe.db.get_value(
            "Print Format", {"name": FORMAT, "disabled": 0}, ["html", "css"], as_dict=True
        )
        if not form or not form.html or not order.has_permission("print"):
            return None
        order.apply_fieldlevel_read_permissions()
        context = {"doc": order, "meta": order.meta, "no_letterhead": 1, "print_settings": frappe._dict()}
        body = frappe.get_jenv().from_string(form.html).render(context)
        path = f"prints/{_safe(order.name)}.html"
        self._put(path, pages.page(f"{_(ORDER)} {order.name}", [f"<style>{form.css or ''}</style>", body]))
        return path

    def _summary(self, attached: dict[Reference, list], printed: str | None) -> dict:
        """Return what the index says, for programs."""
        return {
            "pack_version": VERSION,
            "order": self.collection.order,
            "prepared_for": frappe.session.user,
            "language": frappe.local.lang,
            "last_change": pages.last_change(self.collection),
            "print": printed,
            "documents": [
                {
                    "doctype": doctype,
                    "name": name,
                    "data": f"{self.paths[(doctype, name)]}.json",
                    "page": f"{self.paths[(doctype, name)]}.html",
                    "attachments": [path for _label, path in attached[(doctype, name)] if path],
                }
                for doctype, name in self.collection.references()
            ],
            "tables": {doctype: len(rows) for doctype, rows in self.collection.tables.items() if rows},
            "withheld": [list(reference) for reference in self.collection.withheld],
            "missing_files": self.missing,
        }

    def _put(self, path: str, content: str | bytes) -> None:
        self.files[path] = content.encode() if isinstance(content, str) else content

    def _free(self, path: str) -> str:
        """Return `path`, or with a number where another file of the pack has it; letters' case does not tell apart."""
        stem, dot, suffix = path.rpartition(".") if "." in path.rsplit("/", 1)[-1] else (path, "", "")
        free, number = path, 1
        while free.casefold() in self.taken:
            number += 1
            free = f"{stem}-{number}{dot}{suffix}"
        self.taken.add(free.casefold())
        return free


def _people(collection: Collection) -> dict[str, str]:
    """Return the full names of everybody whom the pack names, in one query."""
    keys = ("owner", "user", "on_behalf_of", "from_user", "to_user")
    users = {frappe.session.user}
    for kept in collection.kept.values():
        for rows in vars(kept).values():
            users |= {row[key] for row in rows for key in keys if row.get(key)}
    found = frappe.get_all(
        "User", filters={"name": ["in", sorted(users)]}, fields=["name", "full_name"], as_list=True
    )
    return dict(found)


def _content_of(file: dict) -> bytes | None:
    """Return the bytes of a file of this site, None when it is not on the disk."""
    try:
        return Path(frappe.get_doc({"doctype": "File", **file}).get_full_path()).read_bytes()
    except FileNotFoundError:
        return None


def _safe(name: str) -> str:
    """Return a name as part of a path: no separators, no control characters, not hidden, not too long."""
    cleaned = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", cstr(name)).strip(" .")
    stem, dot, suffix = cleaned.rpartition(".")
    if len(cleaned) > 100:
        cleaned = (
            f"{stem[: 100 - len(suffix) - 1]}{dot}{suffix}" if dot and len(suffix) < 10 else cleaned[:100]
        )
    return cleaned or "_"


def _json(value) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


# --- the manifest ----------------------------------------------------------------------------


def _sealed(files: dict[str, bytes]) -> tuple[bytes, str]:
    """Return the ZIP file of `files` with their manifest, and the checksum of the manifest."""
    manifest = "".join(f"{_digest(files[path])}  {path}\n" for path in sorted(files)).encode()
    digest = _digest(manifest)
    whole = {**files, MANIFEST: manifest, SEAL: f"{digest}  {MANIFEST}\n".encode()}
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(whole):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, whole[path])
    return stored.getvalue(), digest


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def check(content: bytes) -> tuple[str, list[Problem]]:
    """Return the checksum of a pack's manifest as it is, and every file that the manifest does not confirm.

    Raise `ValidationError` for what is no pack at all.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        frappe.throw(_("This is not an evidence pack: {0}.").format(_("no ZIP file")))
    with archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist() if not entry.is_dir()}
        if MANIFEST not in sizes:
            frappe.throw(_("This is not an evidence pack: {0}.").format(_("it has no manifest")))
        if sum(sizes.values()) > UNPACKED_LIMIT:
            frappe.throw(_("The pack is too big to be checked here; unpack it and use sha256sum."))
        return _checked(archive, sizes)


def _checked(archive: zipfile.ZipFile, sizes: dict[str, int]) -> tuple[str, list[Problem]]:
    manifest = _read(archive, MANIFEST) or b""
    digest = _digest(manifest)
    problems = []
    if _read(archive, SEAL) != f"{digest}  {MANIFEST}\n".encode():
        problems.append(Problem(MANIFEST, "Changed"))
    promised = dict(_lines(manifest))
    for path, expected in promised.items():
        if path not in sizes:
            problems.append(Problem(path, "Missing"))
        elif _digest_in(archive, path) != expected:
            problems.append(Problem(path, "Changed"))
    more = sizes.keys() - promised.keys() - {MANIFEST, SEAL}
    problems += [Problem(path, "Not in the manifest") for path in sorted(more)]
    return digest, problems


def _lines(manifest: bytes) -> Iterator[tuple[str, str]]:
    for line in manifest.decode(errors="replace").splitlines():
        digest, _gap, path = line.partition("  ")
        if path:
            yield path, digest


def _read(archive: zipfile.ZipFile, path: str) -> bytes | None:
    try:
        return archive.read(path)
    except (KeyError, zipfile.BadZipFile, ValueError, RuntimeError, OSError):
        return None


def _digest_in(archive: zipfile.ZipFile, path: str) -> str | None:
    """Return the checksum of a file in the archive, read in pieces; None when it cannot be unpacked."""
    found = hashlib.sha256()
    try:
        with archive.open(path) as stream:
            while piece := stream.read(_CHUNK):
                found.update(piece)
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError):
        return None
    return found.hexdigest()
