from frappe import _


def get_data():
    """Return the documents that the form of a supplier connects to."""
    return {
        "fieldname": "supplier",
        "transactions": [
            {
                "label": _("Approval"),
                "items": [
                    "Supplier Survey",
                    "Supplier Evaluation",
                    "Supplier Visit",
                    "Supplier Status Change",
                ],
            },
            {"label": _("Prices"), "items": ["Item Supplier Price"]},
        ],
    }
