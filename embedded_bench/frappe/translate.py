"""Translations: `translations/<language>.csv` of the apps, then the Translation documents of the site."""

import csv
from pathlib import Path

import frappe

# Frappe's names for the kinds of Chinese that a browser may ask for.
CHINESE = {"zh-cn": "zh", "zh-hans": "zh", "zh-hant": "zh-TW", "zh-tw": "zh-TW", "zh-hk": "zh-TW"}


def _files() -> list[Path]:
    apps = dict.fromkeys(["frappe", *frappe.get_installed_apps()])
    return [path for app in apps for path in Path(frappe.get_app_path(app), "translations").glob("*.csv")]


def get_language(lang_list=None) -> str:
    """Return the language of the request: `_lang`, the user's, the cookie's, the browser's, the site's."""
    request, languages = frappe.local.request, {"en", *(path.stem for path in _files())}
    asked = [frappe.form_dict.get("_lang")]
    if frappe.session.user == "Guest":
        asked += [request.cookies.get("preferred_language"), *request.accept_languages.values()]
    for language in filter(None, [*asked, get_user_lang()]):
        for candidate in (language, CHINESE.get(language.lower()), language.replace("_", "-").split("-")[0]):
            if candidate in languages:
                return candidate
    return "en"


def get_user_lang(user: str | None = None) -> str:
    """Return the language of a user, else the site's."""
    language = frappe.db.get_value("User", user or frappe.session.user, "language")
    return language or frappe.get_system_settings("language") or "en"


def get_translation_dict_from_file(path: str, lang: str, app: str, throw: bool = False) -> dict[str, str]:
    """Return the translations of one file; a third column is the context."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) >= 2]
    return {f"{row[0]}:{row[2]}" if len(row) > 2 and row[2] else row[0]: row[1].strip() for row in rows}


def get_all_translations(lang: str) -> dict[str, str]:
    """Return every translation into a language; those of the base language fill the gaps of a variant."""
    if not lang or lang == "en":
        return {}
    return frappe.cache.hget("merged_translations", lang, generator=lambda: _merged(lang))


def _merged(lang: str) -> dict[str, str]:
    merged = _merged(lang.split("-")[0]) if "-" in lang else {}
    for path in _files():
        if path.stem == lang:
            merged.update(get_translation_dict_from_file(path, lang, ""))
    if frappe.db.table_exists("Translation"):
        # Plain SQL: a query that checks its fields would ask for translations itself.
        query = "select `source_text`, `translated_text`, `context` from `tabTranslation` where `language`=%s"
        for source, translated, context in frappe.db.sql(query, (lang,)):
            merged[f"{source}:{context}" if context else source] = translated
    return merged


def translate(msg: str, lang: str | None = None, context: str | None = None) -> str:
    """Return a text in a language (the request's when none is given); unknown texts come back unchanged."""
    known, text = get_all_translations(lang or frappe.local.lang), frappe.as_unicode(msg).strip()
    return (known.get(f"{text}:{context}") if context else None) or known.get(text) or msg
