"""What the desk's records name is there, and what the app ships is reached from a workspace."""

from __future__ import annotations

import importlib
import json

import pytest
from architecture.sources import PACKAGE

# DocTypes of Frappe that this app's documents link to.
FRAPPES_OWN = {"Currency", "DocType", "File", "Language", "Role", "User", "Workflow State"}


def records(kind: str) -> list[dict]:
    """Return the records of a kind that the app ships."""
    found = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.glob(f"*/{kind}/*/*.json"))
    ]
    assert found, kind
    return found


def test_no_field_links_to_a_doctype_that_is_not_there():
    """With a missing one, Frappe's desk cannot open the form or list."""
    doctypes = records("doctype")
    known = {doctype["name"] for doctype in doctypes} | FRAPPES_OWN
    assert len(known) > 30
    links = [
        (doctype["name"], field["fieldname"], field["options"])
        for doctype in doctypes
        for field in doctype["fields"]
        if field["fieldtype"] in ("Link", "Table", "Table MultiSelect")
    ]
    assert not [link for link in links if link[2] not in known]


def test_everything_is_reached_from_a_workspace():
    workspaces = records("workspace")
    linked = {row.get("link_to") for one in workspaces for row in one["links"] + one["shortcuts"]}
    lists = {one["name"] for one in records("doctype") if not one.get("istable")}
    reports = {one["name"] for one in records("report")}
    assert len(lists) > 30 and len(reports) > 10
    assert not (lists | reports) - linked
    shown = {row["number_card_name"] for one in workspaces for row in one["number_cards"]}
    drawn = {row["chart_name"] for one in workspaces for row in one["charts"]}
    assert not {one["name"] for one in records("number_card")} - shown
    assert not {one["name"] for one in records("dashboard_chart")} - drawn


@pytest.mark.parametrize("workspace", records("workspace"), ids=lambda workspace: workspace["name"])
def test_a_workspace_draws_all_that_it_holds(workspace):
    """What its content does not name is not drawn, and a card shows as many links as it says it has."""
    blocks = json.loads(workspace["content"])

    def drawn(key: str) -> set[str]:
        return {block["data"][key] for block in blocks if key in block["data"]}

    cards: dict[str, int] = {}
    for row in workspace["links"]:
        if row["type"] == "Card Break":
            card = row["label"]
            cards[card] = -row["link_count"]
        else:
            cards[card] += 1
    assert cards == dict.fromkeys(drawn("card_name"), 0)
    assert {row["label"] for row in workspace["shortcuts"]} == drawn("shortcut_name")
    assert {row["number_card_name"] for row in workspace["number_cards"]} == drawn("number_card_name")
    assert {row["chart_name"] for row in workspace["charts"]} == drawn("chart_name")


def test_connections_of_a_form_go_over_fields_that_are_there(db):
    """A connection counts by a field of the other document or of its rows; without it Frappe's form says an error."""
    doctypes = {one["name"]: one for one in records("doctype")}

    def fields(name: str) -> set[str]:
        found = doctypes[name]["fields"]
        tables = [field["options"] for field in found if field["fieldtype"] == "Table"]
        return {field["fieldname"] for field in found} | {one for table in tables for one in fields(table)}

    paths = sorted(PACKAGE.glob("*/doctype/*/*_dashboard.py"))
    assert len(paths) > 10
    for path in paths:
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        data = importlib.import_module(module).get_data()
        own = fields(next(name for name in doctypes if name.lower().replace(" ", "_") == path.parent.name))
        inside = data.get("internal_links", {})
        for name in (item for group in data["transactions"] for item in group["items"]):
            if name in inside:
                by = [inside[name]] if isinstance(inside[name], str) else inside[name]
                assert set(by) <= own, f"{path.name}: {name}"
            else:
                by = data.get("non_standard_fieldnames", {}).get(name, data["fieldname"])
                assert by in fields(name), f"{path.name}: {name} has no {by}"


def test_what_is_printed_is_printed_in_its_own_form():
    """Without a default the desk prints every field, on an order also what the other suppliers asked."""
    formats: dict[str, set[str]] = {}
    for one in records("print_format"):
        formats.setdefault(one["doc_type"], set()).add(one["name"])
    defaults = {one["name"]: one.get("default_print_format") for one in records("doctype")}
    assert {name for name in formats if defaults[name] not in formats[name]} == set()


def test_what_a_link_field_offers_can_be_asked_for():
    """A filter over a field that is not there, or a value that is none of its options, offers nothing, or an error."""
    doctypes = {one["name"]: one for one in records("doctype")}
    parents: dict[str, set[str]] = {}
    for one in doctypes.values():
        for field in one["fields"]:
            if field["fieldtype"] == "Table":
                parents.setdefault(field["options"], set()).update(own["fieldname"] for own in one["fields"])
    checked = 0
    for one in doctypes.values():
        for field in one["fields"]:
            for kind, name, operator, value in json.loads(field.get("link_filters") or "[]"):
                place = f"{one['name']}.{field['fieldname']}: {name}"
                assert kind == field["options"], place
                target = {own["fieldname"]: own for own in doctypes[kind]["fields"]}
                assert name in target or name in ("name", "docstatus"), place
                assert operator in ("=", "!=", "in", "not in", "<=", ">=", "is"), place
                if isinstance(value, str) and value.startswith("eval:"):
                    source, _, wanted = value.removeprefix("eval:").partition(".")
                    own = {entry["fieldname"] for entry in one["fields"]} | {"name"}
                    assert wanted in (own if source == "doc" else parents[one["name"]]), place
                elif target.get(name, {}).get("fieldtype") == "Select":
                    options = target[name]["options"].split("\n")
                    assert set(value if isinstance(value, list) else [value]) <= set(options), place
                checked += 1
    assert checked > 30
