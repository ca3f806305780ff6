from frappe import _


def get_data():
    """Return what is shown as connected to an engineering change notice."""
    return {
        "fieldname": "engineering_change_notice",
        "transactions": [{"label": _("Changes"), "items": ["Purchase Change Order"]}],
    }
