from frappe import _


def get_data():
    """Return what is shown as connected to a price."""
    return {
        "fieldname": "item_supplier_price",
        "non_standard_fieldnames": {"Purchase Order": "price_row"},
        "internal_links": {"Price Approval": "price_approval"},
        "transactions": [
            {"label": _("Source"), "items": ["Price Approval"]},
            {"label": _("Orders"), "items": ["Purchase Order"]},
            {"label": _("Notices"), "items": ["Price Expiry Notice"]},
        ],
    }
