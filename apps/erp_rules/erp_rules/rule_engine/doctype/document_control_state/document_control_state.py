from frappe.model.document import Document


class DocumentControlState(Document):
    """What a workflow state leaves open for editing, and to whom."""
