from frappe.model.document import Document


class ImportContainerPhoto(Document):
    """A photo taken while a container was unloaded."""
