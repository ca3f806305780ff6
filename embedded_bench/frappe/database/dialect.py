"""Translation of MariaDB's SQL into SQLite's: only the constructs that Frappe apps write.

Statements are cut into tokens once and the result is kept by text, so that a statement that
runs often costs a dictionary look-up.
"""

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache

COLLATION = "UNICODE_CI"

_TOKEN = re.compile(
    r"""(?P<space>\s+|--\s[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
      | (?P<name>`(?:[^`]|``)*`)
      | (?P<value>%s|%\((?P<key>[^)]*)\)s)
      | (?P<percent>%%)
      | (?P<word>[A-Za-z_@][\w$@]*)
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
      | (?P<op><=>|<>|!=|<=|>=|:=|\|\||&&|.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a", "%": "\\%", "_": "\\_"}
# functions that return text: SQLite forgets the collation of a column inside a function
_TEXT_FUNCTIONS = frozenset(
    [
        "ifnull",
        "coalesce",
        "concat",
        "concat_ws",
        "lower",
        "upper",
        "lcase",
        "ucase",
        "trim",
        "ltrim",
        "rtrim",
        "substring",
        "substr",
        "left",
        "right",
        "replace",
        "if",
        "nullif",
        "substring_index",
        "max",
        "min",
        "group_concat",
        "greatest",
        "least",
        "cast",
    ]
)
_TEMPORAL = frozenset(
    [
        "max",
        "min",
        "ifnull",
        "coalesce",
        "greatest",
        "least",
        "if",
        "nullif",
        "date",
        "curdate",
        "now",
        "timestamp",
        "current_date",
        "current_timestamp",
        "date_add",
        "date_sub",
        "last_day",
        "case",
    ]
)
_RENAMED = {"if": "iif", "left": "left_", "right": "right_", "char_length": "length"}
CLOCK = {"now": ("now",), "sysdate": ("now",), "curdate": ("today",)}  # values that `bind` fills in
_VALUE = "\0"  # stands for a value until the statement is put together
_UNITS = frozenset(["second", "minute", "hour", "day", "week", "month", "quarter", "year"])


class Statement:
    """One translated statement.

    `keys` say which values it takes, in order, `kind` is its first word, `locking` whether it
    ends in a lock, `temporal` the result columns whose text may be a date.
    """

    __slots__ = ("keys", "kind", "locking", "parts", "sql", "temporal")

    def __init__(self, tokens: list):
        self.keys = []
        self.kind = next((t[1].lower() for t in tokens if t[0] == "word"), "")
        self.locking = False
        self.temporal = _temporal_columns(tokens) if self.kind in ("select", "with") else ()
        self.parts = "".join(_rewrite(tokens, self)).split(_VALUE)
        self.sql = "?".join(self.parts)


def unquote(literal: str) -> str:
    """Return the text of a MariaDB string literal."""
    quote = literal[0]
    body = literal[1:-1].replace(quote * 2, quote)
    if "\\" not in body:
        return body
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), body, flags=re.DOTALL)


def _tokens(query: str, formatted: bool):
    """Yield `(kind, text)`; with `formatted`, `%%` is a percent sign and `%s` a value, as PyMySQL has it."""
    count = itertools.count()
    for match in _TOKEN.finditer(query):
        kind, text = match.lastgroup, match[0]
        if kind == "key":
            kind = "value"
        if kind == "space":
            yield "space", " "
        elif kind == "text":
            if formatted:
                text = text.replace("%%", "%")
            yield "text", "'" + unquote(text).replace("'", "''") + "'"
        elif kind == "value" and not formatted:
            yield from (("op", part) for part in text)
        elif kind == "value":
            yield "value", next(count) if match["key"] is None else match["key"]
        elif kind == "percent":
            yield "op", "%" if formatted else "%%"
        else:
            yield kind, text


@lru_cache(maxsize=2048)
def translate(query: str, formatted: bool) -> Statement:
    """Return the SQLite statement for a MariaDB one; `formatted` says whether it came with values."""
    tokens = list(_tokens(query, formatted))
    while tokens and (tokens[-1][0] == "space" or tokens[-1][1] == ";"):
        tokens.pop()
    return Statement(tokens)


def _next(tokens, i):
    """Return the index of the next token that is not white space."""
    i += 1
    while i < len(tokens) and tokens[i][0] == "space":
        i += 1
    return i


def _word(tokens, i):
    return tokens[i][1].lower() if i < len(tokens) and tokens[i][0] == "word" else ""


def _closing(tokens, i):
    """Return the index of the parenthesis that closes the one at `i`."""
    depth = 0
    for j in range(i, len(tokens)):
        if tokens[j][1] == "(" and tokens[j][0] == "op":
            depth += 1
        elif tokens[j][1] == ")" and tokens[j][0] == "op":
            depth -= 1
            if not depth:
                return j
    return len(tokens) - 1


def _temporal_columns(tokens) -> tuple:
    """Return the positions of result columns that are expressions and may hold a date."""
    found, position, depth, first = [], 0, 0, True
    i = next((n for n, t in enumerate(tokens) if t[0] == "word" and t[1].lower() == "select"), 0)
    for kind, text in tokens[i + 1 :]:
        lowered = text.lower() if kind == "word" else text
        if kind == "op":
            depth += {"(": 1, ")": -1}.get(text, 0)
        if depth == 0 and lowered == "from":
            break
        if kind == "space" or (first and lowered == "distinct"):
            continue
        if depth == 0 and kind == "op" and text == ",":
            position, first = position + 1, True
            continue
        if first and kind == "word" and lowered in _TEMPORAL:
            found.append(position)
        first = False
    return tuple(found)


def _rewrite(tokens: list, statement: Statement) -> list:
    if _word(tokens, 0) == "update":
        tokens = _update_from(tokens)
    out, closers, i = [], {}, 0
    while i < len(tokens):
        kind, text = tokens[i]
        lowered = text.lower() if kind == "word" else ""
        after = _next(tokens, i)
        if kind == "value":
            statement.keys.append(text)
            out.append(_VALUE)
        elif kind == "op" and text == "/":
            out.append("*1.0/")
        elif kind == "op" and text in ("<=>", "&&"):
            out.append(" IS " if text == "<=>" else " AND ")
        elif lowered == "for" and _word(tokens, after) == "update":
            statement.locking = True
            i = after
            while _word(tokens, _next(tokens, i)) in ("nowait", "skip", "locked"):
                i = _next(tokens, i)
        elif lowered == "lock" and _word(tokens, after) == "in":  # LOCK IN SHARE MODE
            statement.locking = True
            i = _next(tokens, _next(tokens, after))
        elif lowered == "ignore" and statement.kind in ("insert", "update"):
            out.append("OR IGNORE")
        elif lowered == "truncate" and not out:
            out.append("DELETE FROM")
            i = after if _word(tokens, after) == "table" else i
        elif lowered == "on" and _word(tokens, after) == "duplicate":
            i = _next(tokens, _next(tokens, after))  # KEY UPDATE
            out.append("ON CONFLICT DO UPDATE SET")
        elif lowered == "values" and "ON CONFLICT DO UPDATE SET" in out:
            i = after
            out.append("excluded.")
            tokens[_closing(tokens, after)] = ("space", "")
        elif lowered == "separator":
            out.append(",")
        elif lowered == "rlike":
            out.append("REGEXP")
        elif lowered == "div":
            out.append("/")
        elif lowered == "binary" and tokens[after : after + 1] and tokens[after][1] != "(":
            out.append("")
        elif lowered == "interval":
            end = next(j for j in range(i, len(tokens)) if _word(tokens, j) in _UNITS)
            amount = "".join(_rewrite(tokens[i + 1 : end], statement))
            out.append(f" interval_({amount}, '{_word(tokens, end)}')")
            i = end
        elif lowered in CLOCK and tokens[after : after + 1] == [("op", "(")]:
            statement.keys.append(CLOCK[lowered])
            out.append(_VALUE)
            i = _closing(tokens, after)
        elif kind == "word" and after < len(tokens) and tokens[after] == ("op", "("):
            is_function = statement.kind not in ("create", "alter")
            end = _closing(tokens, after)
            if is_function and lowered in _TEXT_FUNCTIONS and _word(tokens, _next(tokens, end)) != "over":
                closers[end] = f" COLLATE {COLLATION}"
            out.append(_RENAMED.get(lowered, text) if after == i + 1 else text)
        else:
            out.append(text)
        if i in closers:
            out.append(closers.pop(i))
        i += 1
    return out


def _update_from(tokens: list) -> list:
    """Turn `UPDATE a JOIN b ON c SET a.x = y WHERE z` into `UPDATE a SET x = y FROM b WHERE (c) AND (z)`."""
    marks, depth = {}, 0
    for i, (kind, text) in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(text, 0) if kind == "op" else 0
        if kind == "word" and not depth:
            marks.setdefault(text.lower(), i)
    if "join" not in marks or marks["join"] > marks.get("set", 0):
        return tokens
    end = marks.get("where", len(tokens))
    before = marks.get("inner", marks["join"])
    sources = tokens[marks["join"] + 1 : marks["on"]]
    condition = tokens[marks["on"] + 1 : marks["set"]]
    assignments, target = tokens[marks["set"] + 1 : end], tokens[_next(tokens, 0)]
    names, out, depth = {target[1]}, [], 0
    alias = [t[1] for t in tokens[_next(tokens, 0) + 1 : before] if t[0] in ("name", "word")]
    names.update(alias)
    expect = True  # at the left side of an assignment
    for i, token in enumerate(assignments):
        depth += {"(": 1, ")": -1}.get(token[1], 0) if token[0] == "op" else 0
        qualifies = assignments[i + 1 : i + 2] == [("op", ".")]
        if expect and token[1] in names and qualifies:
            continue
        if expect and token == ("op", "."):
            continue
        if token == ("op", "="):
            expect = False
        elif token == ("op", ",") and not depth:
            expect = True
        out.append(token)
    text = [("word", "UPDATE"), *tokens[1:before], ("word", " SET "), *out, ("word", " FROM "), *sources]
    text += [("word", " WHERE "), ("op", "("), *condition, ("op", ")")]
    if "where" in marks:
        text += [("word", " AND "), ("op", "("), *tokens[end + 1 :], ("op", ")")]
    return text


def bind(statement: Statement, values, clock) -> tuple:
    """Return `(sql, parameters)`: named values in order, a list as `(?, ?)`, the time from `clock()`."""
    if not statement.keys:
        return statement.sql, ()
    count = sum(not isinstance(key, tuple) for key in statement.keys)
    if not isinstance(values, Mapping) and len(values or ()) != count:
        raise TypeError("not all arguments converted during string formatting")
    given = []
    for key in statement.keys:
        if isinstance(key, tuple):
            given.append(clock() if key == ("now",) else clock().date())
        else:
            given.append(values[key])
    if not any(isinstance(v, list | tuple | set | frozenset) for v in given):
        return statement.sql, given
    out, flat = [statement.parts[0]], []
    for value, part in zip(given, statement.parts[1:], strict=True):
        many = isinstance(value, list | tuple | set | frozenset)
        out += [f"({', '.join('?' * len(value))})" if many else "?", part]
        flat.extend(value if many else [value])
    return "".join(out), flat
