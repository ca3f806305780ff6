from frappe import _


def get_data():
    """Return the documents that the form of an item connects to."""
    return {
        "fieldname": "item",
        "transactions": [
            {"label": _("Changes"), "items": ["Item Change Request"]},
            {"label": _("Prices"), "items": ["Price Approval", "Item Supplier Price"]},
            {"label": _("Orders"), "items": ["Material Plan", "Purchase Requisition", "Purchase Order"]},
            {"label": _("Receiving"), "items": ["Purchase Receipt", "Over Delivery", "Purchase Return"]},
            {"label": _("Stock"), "items": ["Material Ledger Entry"]},
        ],
    }
