from frappe.model.document import Document


class WorkingCalendarShift(Document):
    """Hours that are worked on every working day."""
