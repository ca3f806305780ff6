from frappe import _


def get_data():
    """Return what is shown as connected to a purchase order."""
    return {
        "fieldname": "purchase_order",
        "internal_links": {
            "Purchase Requisition": ["items", "requisition"],
            "Item Supplier Price": ["items", "price_row"],
        },
        "transactions": [
            {"label": _("Demand"), "items": ["Purchase Requisition", "Item Supplier Price"]},
            {"label": _("Changes"), "items": ["Purchase Change Order"]},
            {
                "label": _("Receiving"),
                "items": ["Delivery Notice", "Purchase Receipt", "Over Delivery", "Purchase Return"],
            },
            {"label": _("Imports"), "items": ["Import Container", "Foreign Exchange Settlement"]},
        ],
    }
