"""Saying something in another language than that of whoever acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.translate import get_user_lang

Words = Callable[[], str]  # what is said, put into words when the language is known


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within this block texts are translated into `language`."""
    before = frappe.local.lang
    frappe.local.lang = language
    try:
        yield
    finally:
        frappe.local.lang = before


def said_to(user: str, words: Words) -> str:
    """Return the words in the language of `user`, or of the site where they have chosen none."""
    with speaking(get_user_lang(user)):
        return words()
