from frappe import _


def get_data():
    """Return what is shown as connected to a material plan."""
    return {
        "fieldname": "material_plan",
        "transactions": [{"label": _("Demand"), "items": ["Purchase Requisition"]}],
    }
