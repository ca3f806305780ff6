from frappe.model.document import Document


class Delegation(Document):
    """A delegation (代理): one user acts on behalf of another for a time."""
