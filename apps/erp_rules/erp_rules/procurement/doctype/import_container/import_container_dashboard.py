from frappe import _


def get_data():
    """Return what is shown as connected to a container."""
    return {
        "fieldname": "import_container",
        "internal_links": {"Purchase Order": ["items", "purchase_order"]},
        "transactions": [
            {"label": _("Orders"), "items": ["Purchase Order"]},
            {"label": _("Receiving"), "items": ["Delivery Notice", "Purchase Receipt"]},
            {"label": _("Settlement"), "items": ["Foreign Exchange Settlement"]},
        ],
    }
