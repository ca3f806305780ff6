"""Whoever is offered a report may also run it: Frappe asks for the report right on the report's DocType."""

from __future__ import annotations

import json

from architecture.sources import PACKAGE

EVERYBODY = {"All", "Desk User"}


def test_every_role_of_a_report_has_the_report_right_on_its_doctype():
    definitions = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.glob("*/doctype/*/*.json"))
    ]
    rights = {
        doctype["name"]: {
            row["role"]
            for row in doctype.get("permissions", ())
            if row.get("report") and not row.get("permlevel")
        }
        for doctype in definitions
    }
    reports = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.glob("*/report/*/*.json"))
    ]
    assert len(reports) > 10
    offered = [(report, row["role"]) for report in reports for row in report["roles"]]
    assert not [
        (report["name"], role)
        for report, role in offered
        if role not in rights[report["ref_doctype"]] and EVERYBODY.isdisjoint(rights[report["ref_doctype"]])
    ]
