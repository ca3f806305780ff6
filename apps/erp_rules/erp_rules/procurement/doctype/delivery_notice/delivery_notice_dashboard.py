from frappe import _


def get_data():
    """Return what is shown as connected to a delivery notice."""
    return {
        "fieldname": "delivery_notice",
        "internal_links": {
            "Import Container": "import_container",
            "Purchase Order": ["items", "purchase_order"],
        },
        "transactions": [
            {"label": _("Orders"), "items": ["Purchase Order", "Import Container"]},
            {"label": _("Receiving"), "items": ["Purchase Receipt"]},
        ],
    }
