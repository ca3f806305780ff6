from frappe.model.document import Document


class WorkingCalendarOffDay(Document):
    """A weekday on which nobody works."""
