"""A room may use what is below it, never what is above it or beside its module."""

from __future__ import annotations

import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from architecture.sources import PACKAGE, imported_modules, python_files

MODULES = ("masters", "procurement", "subcontract", "payables", "governance")
CLAUSES, ENGINE, FACTS, CONTROLLERS, API, TOP = range(6)
TOP_FILES = {"hooks.py", "install.py", "__init__.py"}


def floor_of(parts: tuple[str, ...]) -> int:
    """Return the floor of a path inside the app, given as its parts."""
    first = parts[0]
    if first == "clauses":
        return CLAUSES
    if first in ("rule_engine", "ledger"):
        return ENGINE
    if first in MODULES:
        return CONTROLLERS if len(parts) > 1 and parts[1] in ("doctype", "report", "print_format") else FACTS
    if first == "api":
        return API
    return TOP


def problems_of(path: Path) -> list[str]:
    """Return the imports of this file that reach up, or into a module beside its own."""
    parts = path.relative_to(PACKAGE).parts
    own_floor, own_module = floor_of(parts), parts[0]
    found = []
    for line, name in imported_modules(path):
        words = name.split(".")
        if own_floor == CLAUSES and words[0] not in sys.stdlib_module_names | {"erp_rules", "__future__"}:
            found.append(f"{path}:{line}: clauses import the standard library only, not {name}")
        if words[0] != "erp_rules" or len(words) < 2:
            continue
        target = tuple(words[1:])
        if floor_of(target) > own_floor:
            found.append(f"{path}:{line}: {name} is above this floor")
        if own_module in MODULES and target[0] in MODULES and target[0] != own_module:
            is_below = MODULES.index(target[0]) < MODULES.index(own_module)
            if not is_below or target[1:2] not in (("facts",), ("effects",)):
                found.append(
                    f"{path}:{line}: {name} belongs to another module; only facts and effects of lower ones are used"
                )
    return found


def test_no_file_reaches_up():
    problems = [problem for path in python_files() for problem in problems_of(path)]
    assert not problems, "\n".join(problems)


def test_every_floor_was_walked():
    floors = {floor_of(path.relative_to(PACKAGE).parts) for path in python_files()}
    assert floors == {CLAUSES, ENGINE, FACTS, CONTROLLERS, API, TOP}


def imports_inside(package: Path, paths: list[Path]) -> dict[Path, set[Path]]:
    """Return for each of these files which of the others it imports, wherever in the file it does so."""
    by_name = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }
    return {
        path: {
            by_name[known]
            for _line, name in imported_modules(path, package)
            for known in (name, name.rpartition(".")[0])
            if known in by_name and by_name[known] != path
        }
        for path in paths
    }


def test_no_files_import_each_other_in_a_circle():
    graph = imports_inside(PACKAGE, python_files())
    assert sum(map(len, graph.values())) > 500
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(str(path.relative_to(PACKAGE)) for path in error.args[1]))


def test_the_search_for_circles_sees_one(tmp_path):
    package = tmp_path / "erp_rules"
    (package / "rule_engine").mkdir(parents=True)
    first, second = package / "rule_engine" / "first.py", package / "rule_engine" / "second.py"
    first.write_text("from erp_rules.rule_engine import second\n")
    second.write_text("def late():\n    from erp_rules.rule_engine.first import something\n")
    with pytest.raises(CycleError):
        TopologicalSorter(imports_inside(package, [first, second])).prepare()


@pytest.mark.parametrize(
    ("where", "line", "wrong"),
    [
        ("clauses/x.py", "import frappe", True),
        ("clauses/x.py", "from erp_rules.rule_engine import guard", True),
        ("clauses/x.py", "from decimal import Decimal", False),
        ("rule_engine/x.py", "from erp_rules.masters import facts", True),
        ("rule_engine/x.py", "from erp_rules.clauses import base", False),
        ("masters/facts.py", "from erp_rules.procurement import facts", True),
        ("procurement/facts.py", "from erp_rules.masters import facts", False),
        ("procurement/facts.py", "from erp_rules.masters.facts import base_currency", False),
        ("procurement/facts.py", "from erp_rules.masters import install", True),
        ("procurement/effects.py", "from erp_rules.procurement.doctype.x import x", True),
        ("procurement/doctype/x/x.py", "from erp_rules.api import imports", True),
        ("api/x.py", "from erp_rules.procurement import facts", False),
    ],
)
def test_the_walk_sees(where, line, wrong, tmp_path, monkeypatch):
    """The walk itself is proved on imports whose answer is known."""
    package = tmp_path / "erp_rules"
    file = package / where
    file.parent.mkdir(parents=True)
    file.write_text(line + "\n")
    monkeypatch.setattr("architecture.sources.PACKAGE", package)
    monkeypatch.setitem(problems_of.__globals__, "PACKAGE", package)
    monkeypatch.setitem(
        problems_of.__globals__, "imported_modules", lambda path, found=imported_modules: found(path, package)
    )
    assert bool(problems_of(file)) is wrong
