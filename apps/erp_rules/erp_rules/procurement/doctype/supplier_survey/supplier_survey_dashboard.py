from frappe import _


def get_data():
    """Return the documents that the form of a supplier survey connects to."""
    return {
        "fieldname": "source_name",
        "transactions": [
            {"label": _("History"), "items": ["Supplier Status Change"]},
        ],
    }
