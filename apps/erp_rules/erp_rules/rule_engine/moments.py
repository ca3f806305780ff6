"""When something was done: one moment for all that one save signs and starts."""

from __future__ import annotations

from datetime import datetime

from frappe.utils import get_datetime


def saved_at(doc) -> datetime:
    """Return when the save of `doc` that is under way began, to the second.

    Signatures, time limits and what a controller works out of the time agree by it, however long the save takes.
    """
    return get_datetime(doc.modified).replace(microsecond=0)
