"""Import exported lists (CSV, XLSX): checked line by line, the good lines taken through ordinary saves.

A line is refused with its number, its column, what was found and what was expected; the others are
taken. Running the same file again changes nothing. Permissions, workflow, locked fields and clauses
count as for anybody who types the same into the form.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import PurePath

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate, strip_html

from erp_rules.api import import_values as values
from erp_rules.api.import_layouts import BY_DOCTYPE, Layout

MAX_BYTES = 10 * 1024 * 1024
MAX_LINES = 5000
HEADER_WITHIN = 10
REFUSALS = (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError, frappe.NameError)
NUMBERS = {"Float", "Currency", "Percent"}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one line; `column` is empty where the whole line is meant."""

    line: int
    column: str
    found: str
    expected: str
    message: str
    clause: str = ""


@dataclass
class Report:
    """What an import did: numbers of documents, and one finding per refused line and reason."""

    doctype: str
    lines: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated_lines: int = 0
    refused_lines: int = 0
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Count the refused lines and put the findings in the order of the file."""
        self.refused_lines = len({finding.line for finding in self.errors})
        self.errors.sort(key=lambda finding: finding.line)

    def as_dict(self) -> dict:
        """Return the report as plain values for the caller of an endpoint."""
        return asdict(self)


@dataclass(frozen=True)
class Column:
    """A column of the file and the field that it fills; `is_row` when the field is in the table."""

    position: int
    title: str
    fieldname: str
    is_row: bool


@dataclass
class Record:
    """The lines of one document: header values, table rows, and where each came from."""

    key: tuple
    line: int
    values: dict = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    rows: list[dict] = field(default_factory=list)
    row_lines: list[int] = field(default_factory=list)
    row_keys: dict[tuple, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)


@frappe.whitelist(methods=["POST"])
def check_file(doctype: str, file_url: str) -> dict:
    """Return the report that `import_file` would give, without keeping anything."""
    return _import_uploaded(doctype, file_url, dry_run=True)


@frappe.whitelist(methods=["POST"])
def import_file(doctype: str, file_url: str) -> dict:
    """Import an uploaded CSV or XLSX file and return the report; the good lines are saved."""
    return _import_uploaded(doctype, file_url, dry_run=False)


@frappe.whitelist()
def importable() -> list[str]:
    """Return the DocTypes whose lists the session user may import."""
    return [doctype for doctype in BY_DOCTYPE if frappe.has_permission(doctype, "import")]


def _import_uploaded(doctype: str, file_url: str, dry_run: bool) -> dict:
    _check_permission(doctype)
    name = frappe.db.get_value("File", {"file_url": file_url}, "name")
    if not name:
        frappe.throw(
            _("There is no uploaded file {0}: upload it first.").format(file_url), frappe.DoesNotExistError
        )
    file = frappe.get_doc("File", name)
    file.check_permission("read")
    content = file.get_content()
    content = content.encode() if isinstance(content, str) else content
    return import_content(doctype, content, file.file_name or file_url, dry_run=dry_run).as_dict()


def _check_permission(doctype: str) -> None:
    if doctype not in BY_DOCTYPE:
        frappe.throw(_("{0} cannot be imported; lists of {1} can.").format(doctype, ", ".join(BY_DOCTYPE)))
    frappe.has_permission(doctype, "import", throw=True)


def import_content(
    doctype: str,
    content: bytes,
    filename: str,
    *,
    dry_run: bool = False,
    defaults: Mapping[str, object] | None = None,
    shift_days: int = 0,
) -> Report:
    """Import the content of a file as the session user and return the report.

    `defaults` fills header fields that have no column; `shift_days` moves every date, for sample data.
    Raises `ValidationError` for a file that cannot be read at all.
    """
    _check_permission(doctype)
    report = Report(doctype)
    records = read_records(doctype, content, filename, report, defaults=defaults, shift_days=shift_days)
    frappe.db.savepoint("import_file")
    Saver(BY_DOCTYPE[doctype], report).save_all(records)
    if dry_run:
        frappe.db.rollback(save_point="import_file")
    report.close()
    return report


def read_records(
    doctype: str,
    content: bytes,
    filename: str,
    report: Report,
    *,
    defaults: Mapping[str, object] | None = None,
    shift_days: int = 0,
    layout: Layout | None = None,
) -> list[Record]:
    """Return the documents that the file describes, with what is wrong added to `report`; saves nothing.

    `layout` reads the file in another way than `import_content` would.
    """
    if len(content) > MAX_BYTES:
        frappe.throw(_("The file has more than {0} MB: split it.").format(MAX_BYTES // 1024 // 1024))
    try:
        rows = values.rows(content, filename)
    except ValueError as error:
        frappe.throw(_("{0} cannot be read: expected {1}.").format(filename, error))
    layout, filled = layout or BY_DOCTYPE[doctype], dict(defaults or {})
    if layout.file_name_field:
        filled.setdefault(layout.file_name_field, PurePath(filename).stem[:140])
    return Reader(layout, report, filled, shift_days).read(rows, filename)


class Reader:
    """Turns the rows of one file into records; keeps what is wrong in the report."""

    def __init__(self, layout: Layout, report: Report, defaults: dict, shift_days: int):
        self.layout, self.report, self.defaults = layout, report, defaults
        self.shift = datetime.timedelta(days=shift_days)
        self.meta = frappe.get_meta(layout.doctype)
        table = self.meta.get_field(layout.table) if layout.table else None
        self.row_meta = frappe.get_meta(table.options) if table else None
        self.links: dict[str, dict[str, str]] = {}

    def read(self, rows: list[tuple[int, list[str]]], filename: str) -> list[Record]:
        """Return the records of all lines that can be read, in the order of the file."""
        columns, rows = self.find_header(rows, filename)
        if len(rows) > MAX_LINES:
            frappe.throw(
                _("The file has {0} lines, at most {1} are taken at once: split it.").format(
                    len(rows), MAX_LINES
                )
            )
        self.report.lines = len(rows)
        records: dict[tuple, Record] = {}
        seen: dict[tuple, int] = {}
        for line, cells in rows:
            texts = tuple(
                values.code_key(cells[c.position]) if c.position < len(cells) else "" for c in columns
            )
            if not any(texts):
                self.report.lines -= 1
                continue
            if texts in seen:
                self.report.repeated_lines += 1
                self.report.notes.append(_("Line {0} says the same as line {1}.").format(line, seen[texts]))
                continue
            seen[texts] = line
            self.read_line(line, cells, columns, records)
        return list(records.values())

    def find_header(self, rows, filename) -> tuple[list[Column], list]:
        """Return the known columns and the rows below them; the header may follow some title lines."""
        names = self.known_names()
        for index, (_line, cells) in enumerate(rows[:HEADER_WITHIN]):
            columns = []
            for position, cell in enumerate(cells):
                known = names.get(values.code_key(cell))
                if known and not any((c.fieldname, c.is_row) == known for c in columns):
                    columns.append(Column(position, cell.strip(), *known))
            given = {c.fieldname for c in columns if not c.is_row} | set(self.defaults)
            if set(self.layout.key) - self.optional_keys() <= given:
                self.note_unknown(cells, columns, names)
                return columns, rows[index + 1 :]
        labels = ", ".join(_(self.meta.get_label(f)) for f in self.layout.key)
        frappe.throw(
            _("{0} has no line with the column titles; needed is at least: {1}.").format(filename, labels)
        )

    def optional_keys(self) -> set[str]:
        """Return the key fields that a file may leave out because they have a default or may be empty."""
        return {
            f for f in self.layout.key if not self.meta.get_field(f).reqd or self.meta.get_field(f).default
        }

    def known_names(self) -> dict[str, tuple[str, bool]]:
        """Return every known column name with its field; names of the header win over the table's."""
        names: dict[str, tuple[str, bool]] = {}
        for meta, more, is_row in (
            (self.row_meta, self.layout.table_columns, True),
            (self.meta, self.layout.columns, False),
        ):
            for df in meta.fields if meta else ():
                if df.fieldtype in frappe.model.no_value_fields or df.hidden or df.read_only:
                    continue
                if df.fieldtype in frappe.model.table_fields:
                    continue
                for name in (df.fieldname, df.label, _(df.label or ""), _(df.label or "", lang="zh")):
                    if name:
                        names[values.code_key(name)] = (df.fieldname, is_row)
            for name, fieldname in more.items():
                names[values.code_key(name)] = (fieldname, is_row)
        for name in self.layout.ignored:
            names.pop(values.code_key(name), None)
        return names

    def note_unknown(self, cells, columns, names) -> None:
        taken = {c.position for c in columns}
        left = [cell.strip() for i, cell in enumerate(cells) if cell.strip() and i not in taken]
        if left:
            self.report.notes.append(_("Columns that were not taken: {0}.").format(", ".join(left)))

    def read_line(self, line: int, cells: list[str], columns: list[Column], records: dict) -> None:
        """Add one line to its record, or what is wrong with it to the report."""
        wrong: list[Finding] = []
        head, row, titles = dict(self.defaults), {}, {}
        for column in columns:
            cell = cells[column.position] if column.position < len(cells) else ""
            meta = self.row_meta if column.is_row else self.meta
            titles[column.fieldname, column.is_row] = column.title
            try:
                value = self.value_of(meta.get_field(column.fieldname), cell)
            except ValueError as error:
                wrong.append(self.finding(line, column.title, cell, str(error)))
                continue
            if value is not None:
                (row if column.is_row else head)[column.fieldname] = value
        for fieldname in self.optional_keys():
            if default := self.meta.get_field(fieldname).default:
                head.setdefault(fieldname, default)
        unread = {finding.column for finding in wrong}
        wrong += [
            finding for finding in self.missing_in_row(line, row, titles) if finding.column not in unread
        ]
        key = tuple(_key_part(head.get(f)) for f in self.layout.key)
        for fieldname in set(self.layout.key) - self.optional_keys():
            title = titles.get((fieldname, False), fieldname)
            if head.get(fieldname) is None and title not in unread:
                wrong.append(self.finding(line, title, "", _("a value")))
        if not wrong:
            wrong = self.join(line, key, head, row, titles, records)
        self.report.errors += wrong

    def missing_in_row(self, line: int, row: dict, titles: dict) -> list[Finding]:
        """Return the mandatory fields of the table that this line leaves empty."""
        if not row:
            return []
        return [
            self.finding(line, titles.get((df.fieldname, True), _(df.label)), "", _("a value"))
            for df in self.row_meta.fields
            if df.reqd and not df.default and row.get(df.fieldname) is None
        ]

    def join(self, line, key, head, row, titles, records) -> list[Finding]:
        """Put the line into its record; a header value that differs from an earlier line's is refused."""
        record = records.get(key)
        if record is None:
            record = records[key] = Record(
                key, line, head, {f: t for (f, is_row), t in titles.items() if not is_row}
            )
        else:
            wrong = [
                self.finding(
                    line,
                    titles.get((fieldname, False), fieldname),
                    value,
                    _("{0} as in line {1}").format(record.values[fieldname], record.line),
                )
                for fieldname, value in head.items()
                if record.values.get(fieldname) not in (None, value)
            ]
            if wrong:
                return wrong
            if not row:
                return [
                    self.finding(
                        line,
                        "",
                        ", ".join(map(str, key)),
                        _("each only once; line {0} has it").format(record.line),
                    )
                ]
            record.values.update(head)
        if row:
            row_key = tuple(_key_part(row.get(f)) for f in self.layout.table_key)
            if row_key in record.row_keys:
                found = ", ".join(str(row.get(f)) for f in self.layout.table_key)
                expected = _("each only once; line {0} has it").format(record.row_keys[row_key])
                return [self.finding(line, "", found, expected)]
            record.row_keys[row_key] = line
            record.rows.append(row)
            record.row_lines.append(line)
        record.lines.append(line)
        return []

    def value_of(self, df, cell: str):
        """Return the cell as the field's type, or None for a blank; `ValueError` says what was expected."""
        text = values.plain_text(cell)
        if not text:
            return None
        spelled = self.layout.values.get(df.fieldname, {})
        known = {values.code_key(k): v for k, v in spelled.items()}.get(values.code_key(text))
        if df.fieldtype == "Link":
            return self.linked(df.options, known or text)
        if df.fieldtype == "Select":
            return _select_value(df, known or text)
        if df.fieldtype == "Date":
            return values.date(text) + self.shift
        if df.fieldtype == "Check":
            return values.yes_or_no(text)
        if df.fieldtype in NUMBERS or df.fieldtype == "Int":
            return _number_value(df, text)
        if df.fieldname in self.layout.key or df.options in ("Phone", "Email", "URL"):
            text = values.half_width(text)
        limit = cint(df.length) or 140
        if df.fieldtype == "Data" and len(text) > limit:
            raise ValueError(_("at most {0} characters, not {1}").format(limit, len(text)))
        return text

    def linked(self, doctype: str, text: str) -> str:
        """Return the name of the linked document that the text means, whatever its width and case."""
        if doctype not in self.links:
            fields = ["name", "uom_name_zh"] if doctype == "UOM" else ["name"]
            names: dict[str, str] = {}
            for row in frappe.get_all(doctype, fields=fields):
                if row.get("uom_name_zh"):
                    names.setdefault(values.code_key(row.uom_name_zh), row.name)
            for row in frappe.get_all(doctype, fields=["name"]):
                names[values.code_key(row.name)] = row.name
            self.links[doctype] = names
        try:
            return self.links[doctype][values.code_key(text)]
        except KeyError:
            raise ValueError(_("the code of an existing {0}").format(_(doctype))) from None

    def finding(self, line: int, column: str, found: object, expected: str) -> Finding:
        """Return what is wrong with a cell, with a message for the user."""
        found = str(found).strip()
        shown = found if len(found) <= 60 else found[:57] + "…"
        where = _("Line {0} · {1}").format(line, column) if column else _("Line {0}").format(line)
        message = _("{0}: found {1}, expected {2}.").format(where, shown or _("nothing"), expected)
        return Finding(line, column, shown, expected, message)


def _key_part(value: object) -> object:
    return values.code_key(value) if isinstance(value, str) else value


def _select_value(df, text: str) -> str:
    options = [option for option in (df.options or "").split("\n") if option]
    wanted = values.code_key(text)
    for option in options:
        if wanted in (
            values.code_key(option),
            values.code_key(_(option)),
            values.code_key(_(option, lang="zh")),
        ):
            return option
    raise ValueError(_("one of {0}").format(", ".join(options)))


def _number_value(df, text: str):
    value = values.whole_number(text) if df.fieldtype == "Int" else values.number(text)
    if df.non_negative and value < 0:
        raise ValueError(_("a number that is not negative"))
    return int(value) if df.fieldtype == "Int" else float(value)


class Saver:
    """Saves records one by one, each whole or not at all."""

    def __init__(self, layout: Layout, report: Report):
        self.layout, self.report = layout, report
        self.meta = frappe.get_meta(layout.doctype)
        self.finder = Reader(layout, report, {}, 0)

    def save_all(self, records: list[Record]) -> None:
        """Save every record; a refusal is noted with its line and undoes that record only."""
        existing = self.existing_names(records)
        for record in records:
            self.save_one(record, existing.get(record.key))

    def existing_names(self, records: list[Record]) -> dict[tuple, str]:
        """Return the names of the documents that are there already, by key; one query."""
        if not records:
            return {}
        fields = list(self.layout.key)
        first = fields[0]
        wanted = list({str(r.values.get(first)) for r in records})
        found = frappe.get_all(self.layout.doctype, filters={first: ["in", wanted]}, fields=["name", *fields])
        return {tuple(_key_part(row[f] or None) for f in fields): row.name for row in found}

    def save_one(self, record: Record, name: str | None) -> None:
        """Insert or update one document, or note why it was refused."""
        missing = [] if name else self.missing(record)
        if missing:
            self.report.errors += missing
            return
        messages = len(frappe.local.message_log)
        again = None
        frappe.db.savepoint("import_record")
        try:
            doc = frappe.get_doc(self.layout.doctype, name) if name else frappe.new_doc(self.layout.doctype)
            changed = self.fill(doc, record)
            if name and not changed:
                self.report.unchanged += 1
            elif name:
                doc.save()
                self.report.updated += 1
            else:
                doc.insert()
                self.report.inserted += 1
            self.report.names.append(doc.name)
            self.note_warnings(record, frappe.local.message_log[messages:])
        except REFUSALS as error:
            frappe.db.rollback(save_point="import_record")
            again = self.without_refused_rows(record)
            self.report.errors += self.refusals(record, error, frappe.local.message_log[messages:])
        finally:
            del frappe.local.message_log[messages:]
            frappe.local.response.pop("rule_violations", None)
        if again:
            self.save_one(again, name)

    def without_refused_rows(self, record: Record) -> Record | None:
        """Return the record with the rows that no clause refused; None when the refusal is about the whole."""
        violations = frappe.local.response.get("rule_violations") or []
        refused = {cint(v.get("row")) for v in violations if v.get("table") == self.layout.table}
        if not self.layout.has_independent_rows or not refused or 0 in refused:
            return None
        if any(v.get("table") != self.layout.table for v in violations):
            return None
        kept = [at for at in range(len(record.rows)) if at + 1 not in refused]
        if not kept or len(kept) == len(record.rows):
            return None
        return replace(
            record,
            rows=[record.rows[at] for at in kept],
            row_lines=[record.row_lines[at] for at in kept],
        )

    def missing(self, record: Record) -> Iterator[Finding]:
        """Return the mandatory fields that a new document lacks."""
        lacking = [
            df
            for df in self.meta.fields
            if df.reqd
            and not df.default
            and df.fieldtype not in frappe.model.table_fields
            and record.values.get(df.fieldname) is None
        ]
        if lacking and not any(df.fieldname in record.columns for df in lacking):
            found = ", ".join(str(record.values.get(f)) for f in self.layout.key)
            expected = _("the code of an existing {0}").format(_(self.layout.doctype))
            return [
                self.finder.finding(record.line, record.columns.get(self.layout.key[0], ""), found, expected)
            ]
        return [
            self.finder.finding(record.line, record.columns.get(df.fieldname, _(df.label)), "", _("a value"))
            for df in lacking
        ]

    def fill(self, doc, record: Record) -> bool:
        """Put the values into the document; return whether anything differs from what is stored."""
        changed = False
        for fieldname, value in record.values.items():
            if not _same(self.meta.get_field(fieldname), doc.get(fieldname), value):
                doc.set(fieldname, value)
                changed = True
        if not self.layout.table:
            return changed
        row_meta = self.finder.row_meta
        stored = {
            tuple(_comparable(row_meta.get_field(f), row.get(f)) for f in self.layout.table_key): row
            for row in doc.get(self.layout.table)
        }
        for number, row in enumerate(record.rows):
            key = tuple(_comparable(row_meta.get_field(f), row.get(f)) for f in self.layout.table_key)
            if key not in stored:
                added = doc.append(self.layout.table, dict(row))
                if row_meta.get_field("is_primary") and number == 0 and not stored:
                    added.is_primary = 1
                changed = True
                continue
            for fieldname, value in row.items():
                if not _same(row_meta.get_field(fieldname), stored[key].get(fieldname), value):
                    stored[key].set(fieldname, value)
                    changed = True
        return changed

    def refusals(self, record: Record, error: Exception, messages: list) -> list[Finding]:
        """Return what was wrong, each at the line it belongs to."""
        violations = frappe.local.response.get("rule_violations") or []
        if violations:
            return [self.violation(record, violation) for violation in violations]
        texts = [_message_text(message) for message in messages] or [strip_html(str(error))]
        text = " ".join(dict.fromkeys(t for t in texts if t)) or _("not permitted")
        return [Finding(record.line, "", "", "", _("Line {0}: {1}").format(record.line, text))]

    def violation(self, record: Record, violation: Mapping) -> Finding:
        """Return a violation of a clause at the line of its row."""
        line = record.line
        row = cint(violation.get("row"))
        if violation.get("table") == self.layout.table and 0 < row <= len(record.row_lines):
            line = record.row_lines[row - 1]
        text = strip_html(str(violation.get("message") or ""))
        clause = violation.get("clause") or ""
        message = _("Line {0}: {1}").format(line, text)
        return Finding(line, record.columns.get(violation.get("fieldname"), ""), "", "", message, clause)

    def note_warnings(self, record: Record, messages: list) -> None:
        """Keep what the saves warned of."""
        for message in messages:
            text = _message_text(message)
            if text:
                shown = _("Line {0}: {1}").format(record.line, text)
                self.report.warnings.append(Finding(record.line, "", "", "", shown))


def _message_text(message: object) -> str:
    text = message.get("message") if isinstance(message, Mapping) else message
    return strip_html(str(text or "")).strip()


def _comparable(df, value: object) -> object:
    if value in (None, ""):
        return None
    if df.fieldtype in NUMBERS or df.fieldtype in ("Int", "Check"):
        return Decimal(repr(round(flt(value), 9)))
    if df.fieldtype == "Date":
        return getdate(value)
    return values.code_key(str(value)) if df.fieldtype == "Link" else str(value)


def _same(df, stored: object, given: object) -> bool:
    return _comparable(df, stored) == _comparable(df, given)
