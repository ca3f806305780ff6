from frappe.model.document import Document


class PurchasingSettings(Document):
    """The company's name, base currency and how long a rate stays in force."""
