"""Value types shared by every module."""

from frappe.types.frappedict import _dict

__all__ = ["_dict"]
