"""Who is the same supplier: one company kept under two codes counts once.

Two codes are one supplier when their normalised names are equal, when their tax numbers are equal, or when
one is entered as the same as the other. Being the same is passed on: A = B and B = C make A = C.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# The same legal form in other words; different forms of company stay different companies.
LEGAL_FORMS = (
    ("companylimited", "coltd"),
    ("limited", "ltd"),
    ("incorporated", "inc"),
    ("corporation", "corp"),
)


@dataclass(frozen=True)
class IdentityRow:
    """What a supplier is recognised by: its code, its keys and the main code it is said to be the same as."""

    code: str
    name_key: str = ""
    tax_key: str = ""
    same_as: str | None = None


def _letters_and_digits(text: object) -> str:
    folded = unicodedata.normalize("NFKC", str(text or "")).casefold()
    return "".join(character for character in folded if character.isalnum())


def name_key(name: object) -> str:
    """Return `name` without width, case, spaces and punctuation, its legal form in one spelling."""
    key = _letters_and_digits(name)
    for long_form, short_form in LEGAL_FORMS:
        if key.endswith(long_form):
            return key[: -len(long_form)] + short_form
    return key


def tax_key(tax_id: object) -> str:
    """Return `tax_id` without width, case, spaces and punctuation."""
    return _letters_and_digits(tax_id).upper()


def code_key(code: object) -> str:
    """Return `code` as codes are compared: without case and surrounding spaces."""
    return str(code or "").strip().casefold()


def same_suppliers(rows: Iterable[IdentityRow]) -> dict[str, str]:
    """Return for each row's code the code that stands for its company: equal values are one supplier."""
    rows = list(rows)
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for row in rows:
        own = find("code:" + code_key(row.code))
        for kind, value in (("name:", row.name_key), ("tax:", row.tax_key), ("code:", code_key(row.same_as))):
            if value:
                parent[find(kind + value)] = own
    standing: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row.code):
        standing.setdefault(find("code:" + code_key(row.code)), row.code)
    return {row.code: standing[find("code:" + code_key(row.code))] for row in rows}
