"""Translation of MariaDB's SQL into SQLite's: only the constructs that Frappe apps write; kept by text."""

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache

COLLATION = "UNICODE_CI"
_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
      | (?P<name>`[^`]*`|/\*.*?\*/)
      | %\((?P<key>\w+)\)s | (?P<mark>%s) | (?P<percent>%%)
      | \b(?P<function>[a-z_]\w*)\(
      | (?P<sign>[(),/])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_LOCK = re.compile(r"\s+for\s+update(\s+nowait|\s+skip\s+locked)?\s*$", re.IGNORECASE)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "Z": "\x1a", "%": "\\%", "_": "\\_"}
# functions that return text: SQLite forgets the collation of a column inside a function
_TEXT = {"ifnull", "coalesce", "concat", "lower", "upper", "trim", "substr", "if", "nullif", "max", "min"}
_RENAMED = {"if": "iif", "char_length": "length"}
_VALUE = "\0"  # stands for a value until the statement is put together


class Statement:
    """A translated statement: `keys` are the values it takes, in order; `locking` whether it ends in a lock."""

    def __init__(self, query: str, formatted: bool):
        self.keys, self.formatted, self._open = [], formatted, []
        self.kind = query.split(None, 1)[0].lower()
        self.locking = bool(_LOCK.search(query))
        query = re.sub(r"^insert\s+ignore\b", "insert or ignore", _LOCK.sub("", query), flags=re.IGNORECASE)
        if formatted:
            count = itertools.count()
            query = re.sub(r"(?<!%)%s", lambda m: f"%({next(count)})s", query)
        self.parts = _TOKEN.sub(self._translate, query).split(_VALUE)
        self.sql = "?".join(self.parts)

    def _translate(self, match) -> str:
        kind, text = match.lastgroup, match[0]
        if kind == "text":
            body = text[1:-1].replace(text[0] * 2, text[0])
            body = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), body, flags=re.DOTALL)
            return "'" + (body.replace("%%", "%") if self.formatted else body).replace("'", "''") + "'"
        if self.kind in ("create", "alter") or kind == "name":
            return text
        if kind == "key" and self.formatted:
            self.keys.append(match["key"])
            return _VALUE
        if kind == "percent":
            return "%" if self.formatted else text
        if kind == "function":
            name = match["function"]
            self._open.append(name.lower() in _TEXT)
            return _RENAMED.get(name.lower(), name) + "("
        if text == "(":
            self._open.append(False)
        if text == ")" and self._open and self._open.pop():
            return f") COLLATE {COLLATION}"
        return "*1.0/" if text == "/" else text


@lru_cache(maxsize=2048)
def translate(query: str, formatted: bool) -> Statement:
    """Return the SQLite statement for a MariaDB one; `formatted` says whether it came with values."""
    return Statement(query.strip().rstrip(";"), formatted)


def bind(statement: Statement, values) -> tuple:
    """Return `(sql, parameters)`: named values in order, a list as `(?, ?)`."""
    named = isinstance(values, Mapping)
    if not named and len(statement.keys) != len(values or ()):
        raise TypeError("not all arguments converted during string formatting")
    given = [values[key if named else int(key)] for key in statement.keys]
    if not any(isinstance(v, list | tuple | set | frozenset) for v in given):
        return statement.sql, given
    out, flat = [statement.parts[0]], []
    for value, part in zip(given, statement.parts[1:], strict=True):
        many = isinstance(value, list | tuple | set | frozenset)
        out += [f"({', '.join('?' * len(value))})" if many else "?", part]
        flat.extend(value if many else [value])
    return "".join(out), flat
