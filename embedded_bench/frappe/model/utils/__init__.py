"""Small questions about DocTypes that several places ask."""

import frappe


def is_virtual_doctype(doctype: str) -> bool:
    """Virtual DocTypes are not offered by the embedded bench, so none is."""
    return False


def is_single_doctype(doctype: str) -> bool:
    """Tell whether the DocType has one document, kept in `tabSingles`."""
    return bool(frappe.get_meta(doctype).issingle)
