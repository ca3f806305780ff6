"""Cleaning of HTML that users send: scripts are escaped, event handlers and odd protocols removed."""

import json
import re

import bleach
from bleach.css_sanitizer import CSSSanitizer

_ALLOWED_TAGS = """
    a abbr address article aside audio b big blockquote body br button caption center cite code col
    colgroup dd del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5
    h6 head header hr html i img input ins kbd label legend li link main map mark menu meta nav ol
    optgroup option p pre q s samp section select small source span strike strong style sub summary sup
    svg table tbody td textarea tfoot th thead time tr tt u ul var video circle ellipse g line path
    polygon polyline rect text"""
ALLOWED_TAGS = frozenset(_ALLOWED_TAGS.split())
_ALLOWED_ATTRIBUTES = """
    abbr align alt autocomplete bgcolor border cellpadding cellspacing checked cite class color cols
    colspan content coords datetime dir disabled face for frame headers height href hspace id label lang
    list longdesc max maxlength min multiple name nowrap pattern placeholder poster preload readonly rel
    required rev rows rowspan rules scope selected shape size span src start step style summary tabindex
    target title type usemap valign value vspace width wrap d fill points r rx ry stroke transform
    viewbox x x1 x2 y y1 y2"""
ALLOWED_ATTRIBUTES = frozenset(_ALLOWED_ATTRIBUTES.split())


def _is_allowed(tag: str, name: str, value: str) -> bool:
    return name in ALLOWED_ATTRIBUTES or name.startswith("data-")


def sanitize_html(html, always_sanitize=False):
    """Return HTML that cannot run scripts; text without tags and JSON come back unchanged."""
    if not isinstance(html, str):
        return html
    if not always_sanitize and (is_json(html) or not re.search(r"</?[A-Za-z!]", html)):
        return html
    options = {"tags": ALLOWED_TAGS, "attributes": _is_allowed, "css_sanitizer": CSSSanitizer()}
    return bleach.clean(html, protocols={"cid", "http", "https", "mailto"}, strip_comments=False, **options)


def is_json(text) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
