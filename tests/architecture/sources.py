"""The source files that the architecture tests walk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from hosts import APP, EMBEDDED, ROOT

PACKAGE = APP / "erp_rules"


def python_files(top: Path = PACKAGE) -> list[Path]:
    """Return the Python files below `top`; an empty walk is an error, not a success."""
    found = sorted(p for p in top.rglob("*.py") if not {"node_modules", "__pycache__"} & set(p.parts))
    assert found, f"no Python files below {top}"
    return found


def imported_modules(path: Path, package: Path = PACKAGE) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every module, or name of a module, that the file imports."""
    inside = path.relative_to(package.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = inside[: len(inside) - node.level]
                base = ".".join([*parent, *([base] if base else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


__all__ = ["APP", "EMBEDDED", "PACKAGE", "ROOT", "imported_modules", "python_files"]
