from frappe.model.document import Document


class DelegationRole(Document):
    """A role that a delegation passes on."""
