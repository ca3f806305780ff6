"""CSV text in and out."""

from __future__ import annotations

import csv
import io

import frappe
from frappe.utils.data import cstr

# A cell that starts like a formula is run by spreadsheet programs: it gets a quote in front.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def read_csv_content(fcontent, delimiter: str = ",") -> list[list[str]]:
    """Return the rows of CSV text or bytes (UTF-8 with or without mark, else GB 18030)."""
    if isinstance(fcontent, bytes):
        try:
            fcontent = fcontent.decode("utf-8-sig")
        except UnicodeDecodeError:
            fcontent = fcontent.decode("gb18030")
    rows = csv.reader(io.StringIO(fcontent, newline=""), delimiter=delimiter)
    return [[cell.strip() for cell in row] for row in rows]


def to_csv(data, quoting: str = "QUOTE_ALL", delimiter: str = ",") -> str:
    """Return rows as CSV text."""
    out = io.StringIO()
    csv.writer(out, quoting=getattr(csv, quoting), delimiter=delimiter, lineterminator="\r\n").writerows(
        [[_cell(value) for value in row] for row in data]
    )
    return out.getvalue()


def _cell(value):
    text = cstr(value)
    is_formula = isinstance(value, str) and text.startswith(FORMULA_STARTS) and not _is_number(text)
    return f"'{text}" if is_formula else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class UnicodeWriter:
    """Collects rows and gives them as CSV text, every cell quoted."""

    def __init__(self, encoding: str = "utf-8", quoting: int = csv.QUOTE_NONNUMERIC, delimiter: str = ","):
        self.queue = io.StringIO()
        self.writer = csv.writer(self.queue, quoting=quoting, delimiter=delimiter)

    def writerow(self, row) -> None:
        """Add a row."""
        self.writer.writerow(row)

    def getvalue(self) -> str:
        """Return the text."""
        return self.queue.getvalue()


def build_csv_response(data, filename: str) -> None:
    """Answer the request with rows as a CSV file."""
    frappe.response.update(result="\ufeff" + to_csv(data), doctype=filename, type="csv")
