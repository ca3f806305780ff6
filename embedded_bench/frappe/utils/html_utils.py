"""Cleaning of HTML that users send: scripts are escaped, event handlers and odd protocols removed."""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser

ALLOWED_TAGS = frozenset(
    """
    a abbr address article aside audio b big blockquote body br button caption center cite code col
    colgroup dd del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5
    h6 head header hr html i img input ins kbd label legend li link main map mark menu meta nav ol
    optgroup option p pre q s samp section select small source span strike strong style sub summary sup
    svg table tbody td textarea tfoot th thead time tr tt u ul var video circle ellipse g line path
    polygon polyline rect text
    """.split()  # noqa: SIM905
)
ALLOWED_ATTRIBUTES = frozenset(
    """
    abbr align alt autocomplete bgcolor border cellpadding cellspacing checked cite class color cols
    colspan content coords datetime dir disabled face for frame headers height href hspace id label lang
    list longdesc max maxlength min multiple name nowrap pattern placeholder poster preload readonly rel
    required rev rows rowspan rules scope selected shape size span src start step style summary tabindex
    target title type usemap valign value vspace width wrap d fill points r rx ry stroke transform
    viewbox x x1 x2 y y1 y2
    """.split()  # noqa: SIM905
)
LINK_ATTRIBUTES = frozenset({"href", "src", "action", "cite", "poster", "longdesc"})
ALLOWED_PROTOCOLS = frozenset({"cid", "http", "https", "mailto"})
BAD_STYLE = re.compile(r"expression|javascript:|url\s*\(|@import|behavior", re.IGNORECASE)


class _Cleaner(HTMLParser):
    """Copies allowed HTML and escapes the rest."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []

    def handle_starttag(self, tag, attrs):
        raw = self.get_starttag_text() or ""
        if tag not in ALLOWED_TAGS:
            self.parts.append(escape(raw, quote=False))
            return
        kept = "".join(
            f' {name}="{escape(value or "", quote=True)}"'
            for name, value in attrs
            if _is_allowed(name, value or "")
        )
        self.parts.append(f"<{tag}{kept}{' /' if raw.endswith('/>') else ''}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.parts.append(f"</{tag}>" if tag in ALLOWED_TAGS else f"&lt;/{tag}&gt;")

    def handle_data(self, data):
        self.parts.append(escape(data, quote=False))

    def handle_entityref(self, name):
        self.parts.append(f"&{name};")

    def handle_charref(self, name):
        self.parts.append(f"&#{name};")

    def handle_comment(self, data):
        self.parts.append(f"<!--{data.replace('>', '')}-->")

    def unknown_decl(self, data):
        self.parts.append(escape(f"<![{data}]>"))


def _is_allowed(name: str, value: str) -> bool:
    if name.startswith("data-"):
        return True
    if name not in ALLOWED_ATTRIBUTES or (name == "style" and BAD_STYLE.search(value)):
        return False
    if name in LINK_ATTRIBUTES:
        protocol, colon, _rest = re.sub(r"[\x00-\x20]", "", value).partition(":")
        return not colon or "/" in protocol or protocol.lower() in ALLOWED_PROTOCOLS
    return True


def sanitize_html(html, linkify=False, always_sanitize=False):
    """Return HTML that cannot run scripts; text without tags and JSON come back unchanged."""
    if not isinstance(html, str):
        return html
    if not always_sanitize and (is_json(html) or not re.search(r"</?[A-Za-z!]", html)):
        return html
    cleaner = _Cleaner()
    cleaner.CDATA_CONTENT_ELEMENTS = ()  # look inside script and style as well
    cleaner.feed(html)
    rest = cleaner.rawdata  # an unfinished tag stays unparsed
    cleaner.rawdata = ""
    return "".join(cleaner.parts) + escape(rest, quote=False)


def is_json(text) -> bool:
    """Return True when the text is valid JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
