from frappe import _


def get_data():
    """Return what is shown as connected to a purchase receipt."""
    return {
        "fieldname": "receipt",
        "non_standard_fieldnames": {"Material Ledger Entry": "voucher"},
        "internal_links": {
            "Delivery Notice": "delivery_notice",
            "Import Container": "import_container",
            "Purchase Order": ["items", "purchase_order"],
        },
        "transactions": [
            {"label": _("Orders"), "items": ["Purchase Order", "Delivery Notice", "Import Container"]},
            {"label": _("Returns"), "items": ["Over Delivery", "Purchase Return"]},
            {"label": _("Stock"), "items": ["Material Ledger Entry"]},
        ],
    }
