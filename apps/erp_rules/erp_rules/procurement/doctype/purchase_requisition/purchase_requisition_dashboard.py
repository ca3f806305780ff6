from frappe import _


def get_data():
    """Return what is shown as connected to a purchase requisition."""
    return {
        "fieldname": "requisition",
        "internal_links": {"Material Plan": ["items", "material_plan"]},
        "transactions": [
            {"label": _("Source"), "items": ["Material Plan"]},
            {"label": _("Orders"), "items": ["Purchase Order"]},
        ],
    }
