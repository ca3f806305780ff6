from frappe import _


def get_data():
    """Return what is shown as connected to a purchase change order."""
    return {
        "fieldname": "change_order",
        "internal_links": {
            "Engineering Change Notice": "engineering_change_notice",
            "Over Delivery": "over_delivery",
        },
        "transactions": [
            {"label": _("Source"), "items": ["Engineering Change Notice", "Over Delivery"]},
            {"label": _("Orders"), "items": ["Purchase Order", "Purchase Requisition"]},
        ],
    }
