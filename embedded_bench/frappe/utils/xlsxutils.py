"""Excel workbooks out."""

from io import BytesIO

import openpyxl
from frappe.utils.data import strip_html
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font


def make_xlsx(data, sheet_name: str, wb=None, column_widths=None) -> BytesIO:
    """Return rows as a workbook; the first row is the heading."""
    workbook = wb or openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_name[:31], 0)
    for number, row in enumerate(data):
        cells = []
        for value in row:
            value = ILLEGAL_CHARACTERS_RE.sub("", strip_html(value)) if isinstance(value, str) else value
            cells.append(WriteOnlyCell(sheet, value=value))
            cells[-1].font = Font(name="Calibri", bold=number == 0)
            if isinstance(value, str):
                cells[-1].data_type = "s"  # never a formula
        sheet.append(cells)
    out = BytesIO()
    workbook.save(out)
    return out
