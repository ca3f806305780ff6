from frappe import _


def get_data():
    """Return what is shown as connected to a clause."""
    return {
        "fieldname": "clause",
        "transactions": [{"label": _("History"), "items": ["Rule Event", "Rule Waiver", "Deadline"]}],
    }
