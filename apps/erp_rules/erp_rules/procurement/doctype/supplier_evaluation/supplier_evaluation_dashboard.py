from frappe import _


def get_data():
    """Return the documents that the form of a supplier evaluation connects to."""
    return {
        "fieldname": "supplier_evaluation",
        "non_standard_fieldnames": {"Supplier Status Change": "source_name"},
        "transactions": [
            {"label": _("Coaching"), "items": ["Supplier Visit"]},
            {"label": _("History"), "items": ["Supplier Status Change"]},
        ],
    }
