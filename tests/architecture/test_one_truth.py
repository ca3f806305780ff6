"""What is said in several places is the same everywhere: enums, DocType options, workflow states, zh labels."""

from __future__ import annotations

import ast
import csv
import importlib
import json
import pkgutil
import re
from enum import Enum
from pathlib import Path

import pytest
from architecture.sources import PACKAGE, python_files

LAYOUT_FIELDS = {"Section Break", "Column Break", "Tab Break", "Table", "Table MultiSelect"}
# enums of the engine itself: they are no field's options
INTERNAL = {"Kind", "ParameterType", "ValueKind"}


def doctypes() -> dict[str, dict]:
    """Return the app's DocTypes by name."""
    found = {}
    for path in sorted(PACKAGE.glob("*/doctype/*/*.json")):
        if path.stem == path.parent.name:
            data = json.loads(path.read_text(encoding="utf-8"))
            found[data["name"]] = data
    assert len(found) > 20
    return found


def select_options() -> dict[tuple[str, str], set[str]]:
    """Return the options, without the blank one, of every Select field."""
    return {
        (name, field["fieldname"]): {o for o in (field.get("options") or "").split("\n") if o}
        for name, data in doctypes().items()
        for field in data["fields"]
        if field["fieldtype"] == "Select" and field["fieldname"] != "naming_series"
    }


def seeds() -> list[dict]:
    """Return the workflows that the app seeds, with their document control."""
    found = [
        json.loads(p.read_text(encoding="utf-8")) for p in sorted(PACKAGE.glob("*/workflow_seed/*.json"))
    ]
    assert found
    return found


def enums() -> dict[str, set[str]]:
    """Return the values of every text enum of the clauses, by module and class name."""
    package = importlib.import_module("erp_rules.clauses")
    found = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"erp_rules.clauses.{module_info.name}")
        for name, value in vars(module).items():
            is_enum = isinstance(value, type) and issubclass(value, Enum) and issubclass(value, str)
            if is_enum and value.__module__ == module.__name__ and len(value):
                found[f"{module_info.name}.{name}"] = {member.value for member in value}
    assert found
    return found


def test_every_enum_is_some_fields_options_or_some_workflows_states():
    options = list(select_options().values())
    options += [{row["state"] for row in seed["workflow"]["states"]} for seed in seeds()]
    strays = [
        name
        for name, values in enums().items()
        if values not in options and name.split(".")[1] not in INTERNAL
    ]
    assert not strays, f"no DocType field and no workflow has exactly these values: {strays}"


def test_every_workflow_has_its_enum():
    known = list(enums().values())
    for seed in seeds():
        states = {row["state"] for row in seed["workflow"]["states"]}
        assert states in known, f"{seed['workflow']['workflow_name']}: {sorted(states)}"


def test_every_status_field_has_its_enum():
    known = list(enums().values())
    fields = {key: values for key, values in select_options().items() if key[1] in ("status", "outcome")}
    assert fields
    missing = {key: values for key, values in fields.items() if values not in known}
    # Rule Event and Deadline are written by the engine alone, from its own enums
    missing = {key: values for key, values in missing.items() if key[0] not in ("Rule Event", "Deadline")}
    assert not missing


def test_workflow_names_only_states_and_actions_that_are_there():
    def names(file: str) -> set[str]:
        return {row["name"] for row in json.loads((PACKAGE / "fixtures" / file).read_text(encoding="utf-8"))}

    states, actions, roles = (
        names("workflow_state.json"),
        names("workflow_action_master.json"),
        names("role.json"),
    )
    for seed in seeds():
        workflow = seed["workflow"]
        own = {row["state"] for row in workflow["states"]}
        assert own <= states
        assert {row["action"] for row in workflow["transitions"]} <= actions
        assert {row["allowed"] for row in workflow["transitions"]} <= roles
        assert {row["state"] for row in workflow["transitions"]} <= own
        assert {row["next_state"] for row in workflow["transitions"]} <= own
        assert {row["state"] for row in seed["control"]["states"]} <= own


# --- zh ----------------------------------------------------------------------------------------------


def zh() -> dict[str, str]:
    """Return the app's Chinese translations."""
    with (PACKAGE / "translations" / "zh.csv").open(encoding="utf-8", newline="") as file:
        return {row[0]: row[1] for row in csv.reader(file) if len(row) >= 2}


def shown_texts() -> dict[str, str]:
    """Return every text that users see, with the place it comes from."""
    texts = {text: where for name, data in doctypes().items() for text, where in doctype_texts(name, data)}
    for file in ("workflow_state.json", "workflow_action_master.json", "role.json"):
        for row in json.loads((PACKAGE / "fixtures" / file).read_text(encoding="utf-8")):
            texts.setdefault(row["name"], file)
    for path in sorted(PACKAGE.glob("*/report/*/*.json")):
        texts.setdefault(json.loads(path.read_text(encoding="utf-8"))["name"], path.name)
    for path in python_files():
        if "demo" not in path.parts:
            for line, text in marked(path):
                texts.setdefault(text, f"{path.name}:{line}")
    return texts


def doctype_texts(name: str, data: dict):
    """Yield the texts of a DocType with their places: its name, labels, descriptions and options."""
    yield name, f"DocType {name}"
    for field in data["fields"]:
        where = f"{name}.{field['fieldname']}"
        for key in ("label", "description"):
            if field.get(key):
                yield field[key], where
        if field["fieldtype"] == "Select" and field["fieldname"] != "naming_series":
            for option in filter(None, (field.get("options") or "").split("\n")):
                yield option, where


def marked(path: Path):
    """Yield line and text of every literal inside `_(…)`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "_"
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.strip():
                yield node.lineno, first.value


def test_every_text_has_its_chinese():
    known, texts = zh(), shown_texts()
    assert len(texts) > 300
    missing = [f"{where}: {text}" for text, where in texts.items() if not known.get(text)]
    assert not missing, f"{len(missing)} texts without zh:\n" + "\n".join(missing)


def test_chinese_keeps_the_places_of_values():
    def places(text: str) -> set[str]:
        return set(re.findall(r"\{\d*\}", text))

    wrong = [text for text, chinese in zh().items() if places(text) != places(chinese)]
    assert not wrong, "\n".join(wrong)


def test_no_text_is_translated_twice():
    with (PACKAGE / "translations" / "zh.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row[0], row[2] if len(row) > 2 else "") for row in csv.reader(file) if row]
    twice = sorted({row for row in rows if rows.count(row) > 1})
    assert not twice, twice


# --- tests of clauses ----------------------------------------------------------------------------------

TESTS = Path(__file__).resolve().parent.parent


def clauses_with_tests() -> set[str]:
    """Return the clause numbers that tests name in their `clause` mark."""
    found = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "clause"
            ):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return found


def declared_clauses() -> set[str]:
    """Return the numbers of all clauses that the software declares."""
    hooks = importlib.import_module("erp_rules.hooks")
    for module in hooks.rule_chapters:
        importlib.import_module(module)
    base = importlib.import_module("erp_rules.clauses.base")
    return set(base.registry.clauses)


def test_every_clause_has_a_test():
    declared = declared_clauses()
    assert len(declared) > 20
    missing = declared - clauses_with_tests()
    assert not missing, f"clauses without a test: {sorted(missing)}"


def test_no_test_names_a_clause_that_is_not_there():
    assert not clauses_with_tests() - declared_clauses()


# --- locks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_python_locks_are_exact_hashed_and_without_addresses(name):
    root = TESTS.parent
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.findall(
        r"^([A-Za-z0-9_.-]+)==[^ ]+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M
    )
    pinned = re.findall(r"^[A-Za-z0-9_.-]+==", text, re.M)
    assert len(pinned) > 8
    assert len(packages) == len(pinned)
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("folder", [".", "apps/erp_rules/frontend"])
def test_javascript_locks_have_hashes_and_no_addresses(folder):
    text = (TESTS.parent / folder / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    lock = json.loads(text)
    packages = {name: data for name, data in lock["packages"].items() if name and not data.get("link")}
    assert packages
    assert not [name for name, data in packages.items() if "resolved" in data]
    assert not [
        name for name, data in packages.items() if not data.get("integrity") and not data.get("inBundle")
    ]
