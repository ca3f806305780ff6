"""The pages of an evidence pack: an index and a page for each document, readable without this app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

import frappe
from frappe import _
from frappe.utils import cint, cstr, strip_html

from erp_rules.procurement.evidence.collecting import LEDGER, ORDER, PRICE, Collection
from erp_rules.rule_engine import changes
from erp_rules.rule_engine.history import REMIND
from erp_rules.rule_engine.records import Kept, Reference

STYLE = """
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff;
  font: 14px/1.5 system-ui, "Noto Sans SC", "Microsoft YaHei", sans-serif; }
table { width: 100%; margin: 0.5rem 0 1.5rem; border-collapse: collapse; }
th, td { padding: 0.25rem 0.5rem; border: 1px solid #bbb; text-align: left; vertical-align: top;
  overflow-wrap: break-word; white-space: pre-wrap; }
th { background: #f2f2f2; font-weight: 600; }
td.figure { text-align: right; }
code { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
""".strip()

_NO_VALUE = ("Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold", "Table")
_FIGURES = ("Int", "Float", "Currency", "Percent")
_INNER = ("judged_by", "content_editor", "approval_key", "count_key", "naming_series")
_ATTACHED = ("Attach", "Attach Image")

PathOf = Callable[[Reference], str]


class _Figure(str):
    """The cell of a number, set to the right."""


def index(
    collection: Collection,
    people: dict[str, str],
    paths: PathOf,
    files: dict[Reference, list],
    printed: str | None,
) -> str:
    """Return the index: what is in the pack, who approved what when, what is withheld, how to check it."""
    order = collection.documents[ORDER][collection.order]
    parts = [
        f"<h1>{_e(_('Evidence pack'))}: {_e(_(ORDER))} {_e(collection.order)}</h1>",
        _pairs(
            [
                (_("Supplier"), f"{order.get('supplier')} {order.get('supplier_name') or ''}".strip()),
                (_("State"), _(cstr(order.get("workflow_state")))),
                (_("Order Date"), cstr(order.get("order_date"))),
                (_("Total Amount"), f"{_figure(order.get('total_amount'))} {order.get('currency') or ''}"),
                (_("Prepared for"), people.get(frappe.session.user) or frappe.session.user),
                (_("Last change of anything in it"), last_change(collection)),
            ]
        ),
        f'<p><a href="{_e(printed)}">{_e(_("The order as printed"))}</a></p>' if printed else "",
        _checking(),
        _contents(collection, paths, files),
        _story(collection, people, paths),
        *(_table_of(doctype, rows.values()) for doctype, rows in collection.tables.items() if rows),
        _withheld(collection),
        f"<p>{_e(_('Deductions, invoices and payments are not in this pack.'))}</p>",
    ]
    return page(f"{_('Evidence pack')} {collection.order}", parts)


def last_change(collection: Collection) -> str:
    """Return the moment of the latest change of a document or record of the collection, to the second."""
    rows = [values for found in collection.documents.values() for values in found.values()]
    rows += [values for found in collection.tables.values() for values in found.values()]
    return max(cstr(values["modified"]) for values in rows)[:19]


def document(
    reference: Reference,
    values: dict,
    kept: Kept,
    people: dict[str, str],
    files: list[tuple[str, str]],
    top: str,
) -> str:
    """Return the page of one document: its fields, tables, approvals, changes and everything else kept."""
    doctype, name = reference
    meta = frappe.get_meta(doctype)
    parts = [
        f'<p><a href="{top}index.html">{_e(_("Evidence pack"))}</a></p>',
        f"<h1>{_e(_(doctype))} {_e(name)}</h1>",
        _pairs(_fields(meta, values)),
    ]
    for table in meta.get_table_fields():
        if values.get(table.fieldname):
            row_meta = frappe.get_meta(table.options)
            parts += [_heading(_(table.label or table.options)), _rows(row_meta, values[table.fieldname])]
    parts += _history(meta, kept, people)
    if files:
        links = "".join(
            f'<li><a href="{_e(top + path)}">{_e(label)}</a></li>' if path else f"<li>{_e(label)}</li>"
            for label, path in files
        )
        parts += [_heading(_("Attachments")), f"<ul>{links}</ul>"]
    return page(f"{_(doctype)} {name}", parts)


def page(title: str, parts: Iterable[str]) -> str:
    """Return a whole HTML page; the parts are safe already."""
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="{_e(frappe.local.lang)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_e(title)}</title>\n<style>{STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


# --- the index -------------------------------------------------------------------------------


def _checking() -> str:
    said = _(
        "MANIFEST.txt holds the SHA-256 checksum of every file, MANIFEST.txt.sha256 that of MANIFEST.txt. "
        "Anybody can check them in the unpacked folder:"
    )
    commands = "sha256sum -c MANIFEST.txt.sha256\nsha256sum -c MANIFEST.txt"
    return f"<p>{_e(said)}</p><pre>{commands}</pre>"


def _contents(collection: Collection, paths: PathOf, files: dict[Reference, list]) -> str:
    rows = []
    for reference in collection.references():
        doctype, name = reference
        values = collection.documents[doctype][name]
        state = values.get("workflow_state") or values.get("status") or ""
        links = f'<a href="{_e(paths(reference))}.html">{_e(name)}</a>'
        data = f'<a href="{_e(paths(reference))}.json">JSON</a>'
        attached = "<br>".join(
            f'<a href="{_e(path)}">{_e(label)}</a>' if path else _e(label)
            for label, path in files.get(reference, [])
        )
        rows.append(
            [_e(_(doctype)), links, _e(_(cstr(state))), _e(_moment(values["creation"])), data, attached]
        )
    heads = [_("Document"), _("Number"), _("State"), _("Created"), _("Data"), _("Attachments")]
    return _heading(_("Documents")) + _table(heads, rows)


def _story(collection: Collection, people: dict[str, str], paths: PathOf) -> str:
    """Return every move from state to state, over all documents, in the order of time."""
    rows = []
    for reference in collection.references():
        for step in collection.kept[reference].steps:
            link = f'<a href="{_e(paths(reference))}.html">{_e(_(reference[0]))} {_e(reference[1])}</a>'
            rows.append((cstr(step["acted_at"]), reference, [link, *_step(step, people)]))
    rows.sort(key=lambda row: row[:2])
    heads = [_("When"), _("Document"), *_step_heads()]
    cells = [[_e(_moment(at)), *found] for at, _reference, found in rows]
    return _heading(_("Approvals and other steps")) + _table(heads, cells)


def _table_of(doctype: str, rows: Iterable[dict]) -> str:
    meta = frappe.get_meta(doctype)
    heading = _heading(_(doctype))
    data = f'<p><a href="tables/{_e(doctype)}.json">JSON</a></p>'
    shown = None if doctype in (LEDGER, PRICE) else [df for df in meta.fields if df.in_list_view]
    return heading + data + _rows(meta, list(rows), shown, with_name=True)


def _withheld(collection: Collection) -> str:
    if not collection.withheld:
        return ""
    said = _("The reader may not open these, so they are named only:")
    names = "".join(f"<li>{_e(_(doctype))} {_e(name)}</li>" for doctype, name in collection.withheld)
    return f"{_heading(_('Withheld'))}<p>{_e(said)}</p><ul>{names}</ul>"


# --- one document ----------------------------------------------------------------------------


def _fields(meta, values: dict) -> list[tuple[str, str]]:
    shown = [
        (_(df.label or df.fieldname), _value(df, values.get(df.fieldname)))
        for df in meta.fields
        if df.fieldtype not in _NO_VALUE and df.fieldname not in _INNER and df.fieldname in values
    ]
    return [*((label, value) for label, value in shown if value), (_("Created by"), cstr(values["owner"]))]


def _history(meta, kept: Kept, people: dict[str, str]) -> Iterable[str]:
    if kept.steps:
        rows = [[_e(_moment(step["acted_at"])), *_step(step, people)] for step in kept.steps]
        yield _heading(_("Approvals and other steps")) + _table([_("When"), *_step_heads()], rows)
    if kept.tasks:
        yield _heading(_("Asked by name")) + _table(
            [_("When"), _("Kind"), _("Asked by"), _("Asked"), _("Reason"), _("Answer"), _("Answered")],
            [
                [
                    _e(_moment(task["creation"])),
                    _e(_(task["kind"])),
                    _e(_person(task["from_user"], task["on_behalf_of"], people)),
                    _e(people.get(task["to_user"]) or task["to_user"]),
                    _e(task["reason"]),
                    _e(": ".join(text for text in (_(task["status"]), task["opinion"]) if text)),
                    _e(_moment(task["answered_at"])),
                ]
                for task in kept.tasks
            ],
        )
    changed = [
        [_e(_moment(row["creation"])), _e(people.get(row["owner"]) or row["owner"]), *_change(one)]
        for row in kept.versions
        for one in changes.described(meta, row["data"], set())
    ]
    if changed:
        heads = [_("When"), _("Who"), _("Field"), _("Row"), _("From"), _("To")]
        yield _heading(_("Version log")) + _table(heads, changed)
    if kept.rule_events:
        yield _heading(_("What clauses did")) + _table(
            [_("When"), _("Clause"), _("Outcome"), _("Who"), _("Message")],
            [
                [
                    _e(_moment(row["event_time"])),
                    _e(row["clause"]),
                    _e(_(row["outcome"])),
                    _e(_person(row["user"], row["on_behalf_of"], people)),
                    _e(_plain(row["message"])),
                ]
                for row in kept.rule_events
            ],
        )
    if kept.deadlines:
        yield _heading(_("Time limits")) + _table(
            [_("Clause"), _("Role"), _("Begun"), _("Due"), _("Done"), _("Status")],
            [
                [
                    _e(row["clause"]),
                    _e(_(cstr(row["responsible_role"]))),
                    *(_e(_moment(row[key])) for key in ("starts_at", "due_at", "done_at")),
                    _e(_(row["status"])),
                ]
                for row in kept.deadlines
            ],
        )
    if kept.comments:
        yield _heading(_("Comments")) + _table(
            [_("When"), _("Who"), _("Text")],
            [
                [
                    _e(_moment(row["creation"])),
                    _e(people.get(row["owner"]) or row["owner"]),
                    _e(_plain(row["content"])),
                ]
                for row in kept.comments
            ],
        )


def _step_heads() -> list[str]:
    return [_("Action"), _("From"), _("To"), _("Who"), _("Reason")]


def _step(step: dict, people: dict[str, str]) -> list[str]:
    """Return the cells of a move: what, from state to state, who on whose behalf, and why."""
    state = "" if step["action"] == REMIND else _(cstr(step["from_state"]))
    return [
        _e(_did(step)),
        _e(state),
        _e(_(cstr(step["to_state"]))),
        _e(_person(step["user"], step["on_behalf_of"], people)),
        _e(step["reason"]),
    ]


def _did(step: dict) -> str:
    """Return what moved a document: a workflow action, a clause that the app carried out, or its making."""
    if not step["from_state"]:
        return _("Created")
    action = cstr(step["action"])
    return f"{_('Clause')} {action}" if action[:1].isdigit() else _(action)


def _person(user: str, on_behalf_of: str | None, people: dict[str, str]) -> str:
    name = people.get(user) or cstr(user)
    if not on_behalf_of:
        return name
    return f"{name} · {_('on behalf of {0}').format(people.get(on_behalf_of) or on_behalf_of)}"


def _change(one: dict) -> list[str]:
    return [_e(one["label"]), _e(one.get("row")), _e(one["from"]), _e(one["to"])]


# --- values ----------------------------------------------------------------------------------


def _rows(meta, rows: list[dict], shown: list | None = None, *, with_name: bool = False) -> str:
    """Return a table of rows with the columns that hold something in any of them."""
    columns = shown or [
        df for df in meta.fields if df.fieldtype not in _NO_VALUE and df.fieldname not in _INNER
    ]
    columns = [df for df in columns if any(_value(df, row.get(df.fieldname)) for row in rows)]
    heads = [_("Number") if with_name else _("Row"), *(_(df.label or df.fieldname) for df in columns)]
    cells = []
    for row in rows:
        first = _e(row["name"] if with_name else row["idx"])
        cells.append([first, *(_cell(df, row.get(df.fieldname)) for df in columns)])
    return _table(heads, cells)


def _cell(df, value) -> str:
    text = _e(_value(df, value))
    return _Figure(text) if df.fieldtype in _FIGURES else text


def _value(df, value) -> str:
    """Return a field's value as text; an empty one, and an unticked box, as nothing."""
    if value in (None, ""):
        return ""
    if df.fieldtype == "Check":
        return "✓" if cint(value) else ""
    if df.fieldtype in _FIGURES:
        return _figure(value)
    if df.fieldtype == "Datetime":
        return _moment(value)
    if df.fieldtype == "Select" or df.options in ("Workflow State", "Role", "DocType"):
        return _(cstr(value))
    if df.fieldtype in _ATTACHED:
        return cstr(value).rsplit("/", 1)[-1]
    return _plain(value)


def _figure(value) -> str:
    return f"{float(value or 0):,.6f}".rstrip("0").rstrip(".")


def _moment(value) -> str:
    return cstr(value)[:19]


def _plain(value) -> str:
    return strip_html(cstr(value).replace("<br>", "\n"))


def _e(value) -> str:
    return escape(cstr(value))


def _heading(text: str) -> str:
    return f"<h2>{_e(text)}</h2>"


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{_e(label)}</th><td>{_e(value)}</td></tr>" for label, value in pairs)
    return f"<table>{rows}</table>"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table; heads are text, cells are safe already."""
    head = "".join(f"<th>{_e(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(_td(cell) for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _td(cell: str) -> str:
    return f'<td class="figure">{cell}</td>' if isinstance(cell, _Figure) else f"<td>{cell}</td>"
