"""SQL functions for `frappe.qb`: PyPika's."""

from pypika.functions import *  # noqa: F403
