from frappe import _


def get_data():
    """Return what is shown as connected to a purchase return."""
    return {
        "fieldname": "purchase_return",
        "non_standard_fieldnames": {"Material Ledger Entry": "voucher"},
        "internal_links": {
            "Purchase Order": "purchase_order",
            "Purchase Receipt": ["items", "receipt"],
        },
        "transactions": [
            {"label": _("Orders"), "items": ["Purchase Order", "Purchase Receipt"]},
            {"label": _("Stock"), "items": ["Material Ledger Entry"]},
        ],
    }
