"""What the desk shows of this app has its Chinese: scripts, workspaces, number cards, charts and report filters."""

from __future__ import annotations

import csv
import json
import re

from architecture.sources import PACKAGE

CALL = re.compile(r"""__\(\s*(["'`])((?:\\.|(?!\1).)*)\1""", re.S)


def chinese() -> set[str]:
    with (PACKAGE / "translations" / "zh.csv").open(encoding="utf-8", newline="") as file:
        return {row[0] for row in csv.reader(file) if len(row) > 1 and row[1]}


def script_texts() -> dict[str, str]:
    """Return the literals inside `__(…)` of the desk's scripts with the file they are in."""
    scripts = [*PACKAGE.glob("*/*/*/*.js"), *(PACKAGE / "public" / "js").glob("*.js")]
    assert len(scripts) > 10
    return {
        found.group(2): path.name
        for path in scripts
        for found in CALL.finditer(path.read_text(encoding="utf-8"))
    }


def record_texts() -> dict[str, str]:
    """Return the labels of workspaces with their headings, number cards, charts and report filters."""
    texts = {}
    for kind in ("workspace", "number_card", "dashboard_chart", "report", "print_format"):
        paths = list(PACKAGE.glob(f"*/{kind}/*/*.json"))
        assert paths, kind
        for path in paths:
            data = json.loads(path.read_text(encoding="utf-8"))
            found = [data["name"]]
            for rows in ("links", "shortcuts", "filters"):
                found += [row["label"] for row in data.get(rows) or []]
            found += [row["format"] for row in data.get("shortcuts") or [] if row.get("format")]
            for block in json.loads(data.get("content") or "[]"):
                if block["type"] == "header":
                    found.append(re.sub("<[^>]+>", "", block["data"]["text"]))
            texts.update({text: path.name for text in found})
    return texts


def test_scripts_of_the_desk_have_their_chinese():
    texts, known = script_texts(), chinese()
    assert not [f"{where}: {text}" for text, where in texts.items() if text not in known]


def test_records_of_the_desk_have_their_chinese():
    texts, known = record_texts(), chinese()
    assert not [f"{where}: {text}" for text, where in texts.items() if text not in known]


def doctypes() -> list[dict]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in PACKAGE.glob("*/doctype/*/*.json")]
    assert len(found) > 40
    return found


def test_every_list_says_what_it_holds():
    """The desk shows it while a list is empty."""
    listed = [one for one in doctypes() if not one.get("istable") and not one.get("issingle")]
    assert not [one["name"] for one in listed if len(one.get("description") or "") < 20]


def test_forms_have_their_chinese():
    known = chinese()
    missing = set()
    for one in doctypes():
        texts = {one["name"], one.get("description")}
        for field in one["fields"]:
            if field.get("hidden"):
                continue
            texts |= {field.get("label"), field.get("description")}
            if field["fieldtype"] == "Select" and field["fieldname"] != "naming_series":
                texts |= set((field.get("options") or "").split("\n"))
        missing |= {f"{one['name']}: {text}" for text in texts if text and text not in known}
    assert not missing
