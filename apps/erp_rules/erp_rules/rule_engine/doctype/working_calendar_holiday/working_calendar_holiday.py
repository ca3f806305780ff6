from frappe.model.document import Document


class WorkingCalendarHoliday(Document):
    """A holiday, or a weekend day that is worked instead."""
