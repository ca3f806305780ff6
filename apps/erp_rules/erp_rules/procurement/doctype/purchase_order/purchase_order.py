from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import cint, getdate

from erp_rules.clauses.base import Enforcement
from erp_rules.clauses.chapter_4_3 import OrderKind, OrderState
from erp_rules.clauses.chapter_4_4 import free_quantity
from erp_rules.masters import facts as masters
from erp_rules.procurement import order_facts, orders, requisitions
from erp_rules.procurement.facts import day, number
from erp_rules.rule_engine import transitions
from erp_rules.rule_engine.effects import system_writer
from erp_rules.rule_engine.parameters import enforcement_of, values_of

CENT = Decimal("0.01")


class PurchaseOrder(Document):
    """Goods ordered from one supplier at posted prices, from approval to the last delivery (4.3, 4.4)."""

    def validate(self):
        """Work out prices, free quantities and amounts while the order is being written."""
        previous = self.get_doc_before_save()
        if previous is None or previous.workflow_state in (None, "", OrderState.DRAFT):
            self.complete_header()
            self.set_item_details()
            self.set_prices(previous)
            self.set_free_quantities()
            self.set_totals()

    def before_update_after_submit(self):
        """Follow what later documents changed, and note what will no longer come of a closed order."""
        previous = self.get_doc_before_save()
        if self.workflow_state == OrderState.CLOSED and previous.workflow_state != OrderState.CLOSED:
            action = transitions.action_on(self, previous)
            if action and action.reason:
                self.close_reason = action.reason
            orders.set_closed_quantities(self)
        if system_writer():
            self.set_totals()

    def after_delete(self):
        """Give back to the requisitions what a deleted draft had taken of them."""
        requisitions.refresh_ordered({row.requisition for row in self.items if row.requisition})

    def complete_header(self):
        """Fill what follows from the supplier; prices of today count until the order leaves its draft."""
        supplier = frappe.db.get_value("Supplier", self.supplier, ["supplier_name", "currency"], as_dict=True)
        self.supplier_name = supplier.supplier_name if supplier else None
        self.order_date = getdate()
        if not self.currency:
            self.currency = self.currency_of_prices() or (supplier.currency if supplier else None)
        self.base_currency = masters.base_currency()
        rates = masters.rates_to_base([self.currency], getdate(self.order_date)) if self.currency else {}
        self.exchange_rate = float(rates.get(self.currency, 0))

    def currency_of_prices(self):
        """Return the currency of the first row's price at this supplier."""
        offers = self.offers()
        for row in self.items:
            found = order_facts.chosen_offer(offers.get(row.item, ()), self.supplier)
            if found:
                return found.currency
        return None

    def offers(self):
        """Return the effective prices of every item of the order, read once per save."""
        day, items = getdate(self.order_date), {row.item for row in self.items if row.item}
        if self.read().get("offers_of") != (day, items):
            self.keep_offers(day, order_facts.purchase_offers(items, day, order_facts.ORDER_OFFER_FIELDS))
        return self.read()["offers"]

    def keep_offers(self, on, offers):
        """Keep the effective prices of the day `on` for this save, as they were read with the order's items."""
        self.read().update(offers=offers, offers_of=(on, {row.item for row in self.items if row.item}))

    def read(self):
        """Return what this save has read so far: items, offers, rows that a change carried over."""
        return self.flags.setdefault("read", {})

    def take_read(self):
        """Return what this save has read, for its clauses; the next save reads anew."""
        return self.flags.pop("read", {})

    def set_item_details(self):
        """Copy each item's description."""
        items = self.read()["items"] = order_facts.item_details(row.item for row in self.items)
        for row in self.items:
            item = items.get(row.item)
            if item:
                row.update(
                    {
                        "item_name": item.item_name,
                        "specification": item.specification,
                        "uom": item.stock_uom,
                    }
                )
        self.find_requisitions()

    def find_requisitions(self):
        """Complete lines that name only a requisition's row, or only the requisition when exactly one row fits."""
        partial = [row for row in self.items if bool(row.requisition) != bool(row.requisition_row)]
        parents, asking = order_facts.demand_of(partial)
        for row in partial:
            if row.requisition_row:
                row.requisition = parents.get(row.requisition_row)
            elif len(fitting := asking.get((row.requisition, row.item), ())) == 1:
                row.requisition_row = fitting[0]

    def set_prices(self, previous):
        """Take each row's rate from the supplier's effective price; say which supplier would be the lowest.

        A rate that somebody typed stays as it is, for clause 4.4.1 to refuse. Goods that a return order takes
        back keep the rate they came at.
        """
        if self.order_kind == OrderKind.RETURN:
            return
        offers = self.offers()
        stored = {row.name: row for row in previous.items} if previous else {}
        carried = self.read()["carried"] = order_facts.carried_rows(self)
        waivers = self.waivers(offers, carried)
        self.waiver = next((waiver.name for waiver in waivers.values()), None) if waivers else self.waiver
        for row in self.items:
            row._waived_rate = None
            if row.replaces_row in carried:  # a change order took it over with its price
                continue
            found = offers.get(row.item, ())
            was_ours = row.name in stored and number(stored[row.name].rate) == number(row.rate)
            offer = next((offer for offer in found if offer.name == row.price_row), None)
            if offer is None and (not row.price_row or was_ours):
                offer = order_facts.chosen_offer(found, self.supplier, self.currency)
                row.price_row = offer.name if offer else None
            self.compare_with_lowest(row, offer, order_facts.lowest_offer(found))
            row.is_unpriced = cint(not row.price_row)
            row.tax_rate = offer.tax_rate if offer else 0
            rate = number(offer.rate) if offer else Decimal(0)
            if row.is_unpriced and row.item in waivers:
                rate = row._waived_rate = waivers[row.item].rate
            if was_ours or not number(row.rate):
                row.rate = float(rate)

    def waivers(self, offers, carried):
        """Return the waivers of rows that no price covers."""
        bare = [
            row.item
            for row in self.items
            if row.replaces_row not in carried
            and not order_facts.chosen_offer(offers.get(row.item, ()), self.supplier, self.currency)
        ]
        return (
            order_facts.waived_rates(
                self.supplier, self.currency, bare, self.name, self.waiver, self.change_order
            )
            if bare
            else {}
        )

    def compare_with_lowest(self, row, offer, lowest):
        """Note whether the row goes to the lowest price; without one in base currency nothing is compared."""
        is_lower = bool(
            offer and lowest and (offer.rate_base_now is None or lowest.rate_base_now < offer.rate_base_now)
        )
        row.is_lowest = cint(bool(offer) and not is_lower)
        row.lowest_supplier = lowest.supplier if lowest and is_lower else None
        row.lowest_rate_base = float(lowest.rate_base_now) if lowest else 0
        if not is_lower:
            row.not_lowest_reason = row.not_lowest_remark = None

    def set_free_quantities(self):
        """Add the free allowance of packaging (4.4.3)."""
        is_on = enforcement_of("4.4.3") != Enforcement.OFF
        parameters = values_of("4.4.3", self)
        items = self.read()["items"] if is_on else {}
        for row in self.items:
            item = items.get(row.item)
            row.free_qty = (
                float(
                    free_quantity(
                        number(row.qty),
                        item.item_class,
                        number(item.free_allowance_pct),
                        item.decimals,
                        parameters,
                    )
                )
                if item
                else 0
            )

    def price_unpriced_rows(self, on):
        """Give rows without a posted price the supplier's price of the day `on`; return whether any got one."""
        offers = order_facts.purchase_offers([row.item for row in self.items if cint(row.is_unpriced)], on)
        found = False
        for row in self.items:
            offer = order_facts.chosen_offer(offers.get(row.item, ()), self.supplier, self.currency)
            if cint(row.is_unpriced) and offer:
                row.update(
                    {
                        "price_row": offer.name,
                        "rate": offer.rate,
                        "tax_rate": offer.tax_rate,
                        "is_unpriced": 0,
                    }
                )
                found = True
        return found

    def set_totals(self):
        """Add up amounts, rounded half up to the cent, and how much has come."""
        exchange_rate = number(self.exchange_rate)
        amount = quantity = received = wanted = Decimal(0)
        for row in self.items:
            line = (number(row.qty) * number(row.rate)).quantize(CENT, rounding=ROUND_HALF_UP)
            row.amount = float(line)
            amount += line
            quantity += number(row.qty)
            wanted += number(row.qty) + number(row.free_qty)
            received += number(row.received_qty)
        self.total_qty = float(quantity)
        self.total_amount = float(amount)
        self.total_amount_base = float((amount * exchange_rate).quantize(CENT, rounding=ROUND_HALF_UP))
        self.received_pct = float(min(received / wanted * 100, Decimal(100))) if wanted > 0 else 0
        self.has_unpriced = cint(any(cint(row.is_unpriced) for row in self.items))

    def batch_number(self):
        """Return the number under which the order was printed, such as `20261121-003`; empty before."""
        printed_on = day(self.print_date)
        return f"{printed_on:%Y%m%d}-{cint(self.print_no):03d}" if printed_on else ""

    def change(self):
        """Return the change order that made this order, for the print; None for an order of its own (4.5.4)."""
        return frappe.get_doc("Purchase Change Order", self.change_order) if self.change_order else None

    def supplier_contact(self):
        """Return address, contact, phone and terms of the supplier, for the print."""
        values = frappe.db.get_value(
            "Supplier", self.supplier, ["address", "payment_terms", "invoice_type"], as_dict=True
        )
        contacts = frappe.get_all(
            "Supplier Contact",
            filters={"parent": self.supplier, "parenttype": "Supplier"},
            fields=["contact_name", "phone", "email"],
            order_by="is_primary desc, idx asc",
            limit=1,
        )
        nobody = {"contact_name": None, "phone": None, "email": None}
        return {**(values or {}), **(contacts[0] if contacts else nobody)}
