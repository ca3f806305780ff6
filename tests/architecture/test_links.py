"""Every DocType that a field links to exists: with a missing one, Frappe's desk cannot open the form or list."""

from __future__ import annotations

import json

from architecture.sources import PACKAGE

# DocTypes of Frappe that this app's documents link to.
FRAPPES_OWN = {"Currency", "DocType", "File", "Language", "Role", "User", "Workflow State"}


def test_no_field_links_to_a_doctype_that_is_not_there():
    doctypes = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.glob("*/doctype/*/*.json"))
    ]
    known = {doctype["name"] for doctype in doctypes} | FRAPPES_OWN
    assert len(known) > 30
    links = [
        (doctype["name"], field["fieldname"], field["options"])
        for doctype in doctypes
        for field in doctype["fields"]
        if field["fieldtype"] in ("Link", "Table", "Table MultiSelect")
    ]
    assert not [link for link in links if link[2] not in known]
