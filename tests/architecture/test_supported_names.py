"""The app uses only names of Frappe that the embedded bench offers, and knows nothing of that bench."""

from __future__ import annotations

import ast
import importlib
import re
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from architecture.sources import APP, EMBEDDED, PACKAGE, python_files

import hosts

pytestmark = pytest.mark.skipif(hosts.is_bench(), reason="on a real bench every name of Frappe is there")

# what hangs on these is decided at run time, by the request or by the site
FREE = {"local", "flags", "session", "form_dict", "conf", "request", "response", "boot", "lang"}
TEXT_SUFFIXES = {".py", ".json", ".js", ".ts", ".vue", ".html", ".css", ".csv", ".txt", ".md", ".toml"}
MENTIONS = re.compile(r"embedded[_ -]?bench|bench_host|NotSupported|sqlite", re.IGNORECASE)
LIMIT = 6000


def used_names(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything of Frappe that the source names."""
    tree = ast.parse(source)
    aliases = {"frappe": "frappe"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "frappe":
                    yield node.lineno, alias.name
                    if alias.asname:
                        aliases[alias.asname] = alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "frappe":
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            chain, inner = [node.attr], node.value
            while isinstance(inner, ast.Attribute):
                chain.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id in aliases:
                yield node.lineno, ".".join([aliases[inner.id], *reversed(chain)])


def is_offered(name: str) -> bool:
    """Return whether the dotted name can be reached on the host that is connected."""
    words = name.split(".")
    value = importlib.import_module(words[0])
    for depth, word in enumerate(words[1:], start=1):
        if depth == 1 and word in FREE:
            return True
        try:
            value = getattr(value, word)
        except AttributeError:
            if not isinstance(value, types.ModuleType):
                return False
            try:
                value = importlib.import_module(".".join(words[: depth + 1]))
            except Exception:
                return False
        except Exception:  # the host says in its own way that it does not have the name
            return False
        if not isinstance(value, types.ModuleType) and word not in {"db", "cache", "qb"}:
            return True  # what an object offers is looked at for the database, the cache and the queries only
    return True


def test_app_uses_only_offered_names(db):
    missing, seen = [], 0
    for path in python_files():
        for line, name in used_names(path.read_text(encoding="utf-8")):
            seen += 1
            if not is_offered(name):
                missing.append(f"{path.relative_to(APP)}:{line}: {name}")
    assert seen > 100
    assert not missing, "not offered by the embedded bench:\n" + "\n".join(missing)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("import frappe\nfrappe.get_doc('X')", True),
        ("import frappe\nfrappe.db.get_value('X', 'y')", True),
        ("from frappe.utils import flt", True),
        ("import frappe\nfrappe.no_such_function()", False),
        ("import frappe\nfrappe.db.no_such_method()", False),
        ("from frappe.utils import no_such_function", False),
        ("from frappe.integrations.utils import make_get_request", False),
        ("import frappe.desk.doctype.kanban_board.kanban_board", False),
    ],
)
def test_the_scan_sees(db, line, offered):
    assert all(is_offered(name) for _line, name in used_names(line)) is offered


def test_app_never_mentions_its_second_host():
    files = [p for p in PACKAGE.rglob("*") if p.suffix in TEXT_SUFFIXES and "public" not in p.parts]
    assert len(files) > 50
    found = [
        f"{path.relative_to(APP)}: {match.group()}"
        for path in files
        if (match := MENTIONS.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert not found, "\n".join(found)


def code_lines(path: Path) -> int:
    """Return the number of lines that are neither blank nor only a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


def test_embedded_bench_stays_small():
    total = sum(code_lines(path) for path in python_files(EMBEDDED))
    assert 1000 < total < LIMIT, f"{total} lines"
