"""QR codes as pictures inside a page, for cards that scanners read."""

from __future__ import annotations

import io

import pyqrcode


def svg(text: str, box: int = 3) -> str:
    """Return `text` as a QR code: an SVG element whose smallest square is `box` pixels wide."""
    picture = io.BytesIO()
    pyqrcode.create(text, error="M", encoding="utf-8").svg(
        picture, scale=box, xmldecl=False, svgns=True, quiet_zone=2, omithw=False
    )
    return picture.getvalue().decode()
