"""Translations: `translations/<language>.csv` of the apps, then the Translation documents of the site."""

from __future__ import annotations

import csv
import os

import frappe

# Frappe's names for Chinese; the site may ask for any of them.
CHINESE = {"zh-cn": "zh", "zh-hans": "zh", "zh-hant": "zh-TW", "zh-tw": "zh-TW", "zh-hk": "zh-TW"}


def get_parent_language(lang: str) -> str | None:
    """Return the language of a variant: zh for zh-TW."""
    return lang.replace("_", "-").split("-")[0] if "-" in lang or "_" in lang else None


def get_all_languages() -> list[str]:
    """Return the languages that have translations, and English."""
    found = {"en"}
    for app in _apps():
        folder = os.path.join(frappe.get_app_path(app), "translations")
        if os.path.isdir(folder):
            found.update(name[:-4] for name in os.listdir(folder) if name.endswith(".csv"))
    return sorted(found)


def _apps() -> list[str]:
    return list(dict.fromkeys(["frappe", *frappe.get_installed_apps()]))


def get_language(lang_list=None) -> str:
    """Return the language of the request: `_lang`, the user's, the cookie's, the browser's, the site's."""
    languages = set(lang_list or get_all_languages())
    asked = [frappe.form_dict.get("_lang")]
    if frappe.session.user == "Guest":
        request = frappe.local.request
        asked += [request.cookies.get("preferred_language"), *request.accept_languages.values()]
    else:
        asked.append(get_user_lang())
    for language in filter(None, asked):
        for candidate in (language, CHINESE.get(language.lower()), get_parent_language(language)):
            if candidate in languages:
                return candidate
    return frappe.db.get_default("lang") or "en"


def get_user_lang(user: str | None = None) -> str:
    """Return the language of a user, else the site's."""
    user = user or frappe.session.user
    return (
        frappe.db.get_value("User", user, "language", cache=True)
        or frappe.get_system_settings("language")
        or frappe.db.get_default("lang")
        or "en"
    )


def get_translations_from_csv(lang: str, app: str) -> dict[str, str]:
    """Return the translations that an app ships; a third column is the context."""
    path = os.path.join(frappe.get_app_path(app), "translations", f"{lang}.csv")
    return get_translation_dict_from_file(path, lang, app)


def get_translation_dict_from_file(path: str, lang: str, app: str, throw: bool = False) -> dict[str, str]:
    """Return the translations of one file."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) >= 2]
    return {f"{row[0]}:{row[2]}" if len(row) > 2 and row[2] else row[0]: row[1].strip() for row in rows}


def get_all_translations(lang: str) -> dict[str, str]:
    """Return every translation into a language; those of the base language fill the gaps of a variant."""
    if not lang or lang == "en":
        return {}
    return frappe.cache.hget("merged_translations", lang, generator=lambda: _merged(lang))


def _merged(lang: str) -> dict[str, str]:
    parent = get_parent_language(lang)
    merged = _merged(parent) if parent else {}
    for app in _apps():
        merged.update(get_translations_from_csv(lang, app))
    if frappe.db.table_exists("Translation"):
        # Plain SQL: a query that checks its fields would ask for translations itself.
        query = "select `source_text`, `translated_text`, `context` from `tabTranslation` where `language`=%s"
        for source, translated, context in frappe.db.sql(query, (lang,)):
            merged[f"{source}:{context}" if context else source] = translated
    return merged


def translate(msg: str, lang: str | None = None, context: str | None = None) -> str:
    """Return a text in a language (the request's when none is given); unknown texts come back unchanged."""
    known = get_all_translations(lang or frappe.local.lang)
    text = frappe.as_unicode(msg).strip()
    return (known.get(f"{text}:{context}") if context else None) or known.get(text) or msg
