"""Excel workbooks in and out."""

from __future__ import annotations

from io import BytesIO

import frappe
import openpyxl
from frappe.utils.csvutils import _cell
from frappe.utils.data import strip_html
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter


def make_xlsx(data, sheet_name: str, wb=None, column_widths=None) -> BytesIO:
    """Return rows as a workbook; the first row is the heading."""
    workbook = wb or openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_name[:31], 0)
    for position, width in enumerate(column_widths or []):
        if width:
            sheet.column_dimensions[get_column_letter(position + 1)].width = width
    for number, row in enumerate(data):
        cells = []
        for value in row:
            if isinstance(value, str):
                value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", _cell(strip_html(value)))
            cell = openpyxl.cell.WriteOnlyCell(sheet, value=value)
            cell.font = Font(name="Calibri", bold=number == 0)
            cells.append(cell)
        sheet.append(cells)
    out = BytesIO()
    workbook.save(out)
    return out


def build_xlsx_response(data, filename: str) -> None:
    """Answer the request with rows as a workbook."""
    frappe.response.update(
        filename=f"{filename}.xlsx", filecontent=make_xlsx(data, filename).getvalue(), type="binary"
    )
