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
            {
                "label": _("Orders"),
                "items": ["Item Supplier Price", "Purchase Order", "Purchase Change Order"],
            },
            {
                "label": _("Receiving"),
                "items": ["Delivery Notice", "Purchase Receipt", "Over Delivery", "Purchase Return"],
            },
            {"label": _("Imports"), "items": ["Import Container", "Foreign Exchange Settlement"]},
        ],
    }
