"""Which values are words of the app: stored in English, shown in the reader's language."""

from __future__ import annotations

# Their records are named by a word that everybody reads in their own language.
NAMED_BY_WORDS = ("DocType", "Role", "Workflow State", "Workflow Action Master")


def is_word(df) -> bool:
    """Return whether the values of a field are words: choices, names of states and the like, marked texts."""
    if df.fieldtype == "Link":
        return df.options in NAMED_BY_WORDS
    return df.fieldtype == "Select" or bool(df.get("translatable"))
