import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate


class ExchangeRate(Document):
    """What one unit of a currency is worth in another from a date on; one rate a day and pair."""

    def autoname(self):
        """Name the rate by its pair and day, so that a second rate of that day is refused."""
        if self.from_currency and self.to_currency and self.date:
            self.name = f"{self.from_currency}-{self.to_currency}-{getdate(self.date).isoformat()}"

    def validate(self):
        """Refuse a rate that converts nothing."""
        self.date = self.date and getdate(self.date)
        if self.from_currency == self.to_currency:
            frappe.throw(
                _("An exchange rate is between two different currencies, not {0} and itself").format(
                    self.from_currency
                )
            )
        if flt(self.rate, 9) <= 0:
            frappe.throw(
                _("The exchange rate must be above 0, not {0}").format(
                    frappe.utils.escape_html(str(self.rate))
                )
            )
