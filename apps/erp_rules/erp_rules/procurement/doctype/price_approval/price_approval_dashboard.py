from frappe import _


def get_data():
    """Return what is shown as connected to a price approval."""
    return {
        "fieldname": "price_approval",
        "transactions": [{"label": _("Prices"), "items": ["Item Supplier Price"]}],
    }
