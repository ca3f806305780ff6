from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import add_months, cint, getdate

from erp_rules.clauses.chapter_4_2 import (
    AUTHORING,
    ONE_DAY,
    ChangeKind,
    ChangeStatus,
    PriceKind,
    State,
    last_day,
    rank_quotes,
)
from erp_rules.masters import facts as masters
from erp_rules.procurement import facts, order_facts
from erp_rules.rule_engine.parameters import values_of

HALF_YEAR_MONTHS = 6


class PriceApproval(Document):
    """The price of an item from several suppliers, compared, approved, posted and changed (4.2)."""

    def validate(self):
        """Work out what follows from the entries, while the form is being written."""
        previous = self.get_doc_before_save()
        state = previous.workflow_state if previous else State.DRAFT
        if state in AUTHORING:
            self.set_item_details()
            self.keep_round_numbers(previous)
            self.complete_changes()
            self.compare_quotes()
        if state in (State.CHANGE_DRAFT, State.EXECUTIVE_APPROVAL):
            self.complete_validity()

    def set_item_details(self):
        """Copy the item's description and make the key by which one approval per item is kept."""
        item = frappe.db.get_value(
            "Item", self.item, ["item_name", "specification", "stock_uom", "part_size"], as_dict=True
        )
        self.update(item or {})
        self.operation = (self.operation or "").strip()
        self.approval_key = facts.approval_key(self)
        self.base_currency = masters.base_currency()

    def keep_round_numbers(self, previous):
        """Give new rows the number of this change; rows of earlier rounds keep theirs."""
        self.change_no = cint(previous.change_no) if previous else 0
        for table in ("quotes", "changes"):
            known = {row.name: row.change_no for row in previous.get(table)} if previous else {}
            for row in self.get(table):
                row.change_no = known.get(row.name, self.change_no)

    def current_quotes(self):
        """Return the quotes of this round."""
        return [row for row in self.quotes if cint(row.change_no) == self.change_no]

    def shown_quotes(self):
        """Return the quotes of the last round that has any: those that the prices rest on."""
        last = max((cint(row.change_no) for row in self.quotes), default=0)
        return [row for row in self.quotes if cint(row.change_no) == last]

    def open_changes(self):
        """Return the changes of this round that are not settled."""
        settled = (ChangeStatus.POSTED, ChangeStatus.WITHDRAWN)
        return [r for r in self.changes if cint(r.change_no) == self.change_no and r.status not in settled]

    def complete_changes(self):
        """Fill what a change leaves open from the price or the quote that it is about."""
        changes = self.open_changes()
        if not changes:
            return
        names = facts.supplier_names(row.supplier for row in changes)
        prices = {
            price.supplier: price for price in facts.posted_prices(self.name)
        }  # the latest of each wins
        quotes = {row.supplier: row for row in self.current_quotes() if cint(row.selected)}
        for row in changes:
            row.status, row.approved_by, row.approved_on = ChangeStatus.DRAFT, None, None
            row.supplier_name = names.get(row.supplier)
            price, quote = prices.get(row.supplier), quotes.get(row.supplier)
            row.old_rate = float(price.rate) if price else 0
            row.currency = row.currency or (price or quote or row).currency
            if not facts.number(row.new_rate):
                if row.change_kind == ChangeKind.VALIDITY:
                    row.new_rate = row.old_rate
                elif row.change_kind == ChangeKind.SUPPLIER and quote:
                    row.new_rate = quote.rate
            if row.change_kind == ChangeKind.VALIDITY and price and not row.valid_from:
                row.valid_from = price.valid_to + ONE_DAY

    def compare_quotes(self):
        """Convert this round's quotes into base currency at the form's date and rank them (4.2.3.3)."""
        rows = self.current_quotes()
        changes = self.open_changes()
        names = facts.supplier_names(row.supplier for row in rows)
        currencies = {row.currency for row in (*rows, *changes) if row.currency}
        rates = masters.rates_to_base(currencies, facts.comparison_date(self)) if currencies else {}
        self.read_planned_demand()
        demand = self.demand()
        for row in rows:
            row.rate = float(facts.number(row.rate))
            row.supplier_name = names.get(row.supplier)
            exchange_rate = rates.get(row.currency)
            row.exchange_rate = float(exchange_rate) if exchange_rate else 0
            rate_base = facts.number(row.rate) * exchange_rate if exchange_rate else None
            row.rate_base = float(rate_base) if exchange_rate else 0
            row.half_year_cost = float(rate_base * demand) if exchange_rate else 0
        by_row = {ranked.row: ranked for ranked in rank_quotes(facts.quote_facts(rows))}
        for row in rows:
            row.rank = by_row[row.idx].rank or 0
            row.is_lowest = cint(by_row[row.idx].is_lowest)
            needs_reason = cint(row.selected) and row.rank and not row.is_lowest
            row.not_lowest_reason = self.not_lowest_reason if needs_reason else None
            row.not_lowest_remark = self.not_lowest_remark if needs_reason else None
        self.compare_with_last_time(rows, changes, rates)

    def read_planned_demand(self):
        """Read from the material plans what the half year from the form's date needs of the item."""
        if self.item:
            first = getdate(facts.comparison_date(self))
            last = getdate(add_months(first, HALF_YEAR_MONTHS))
            self.planned_demand = float(order_facts.planned_demand(self.item, first, last))

    def demand(self) -> Decimal:
        """Return half a year's demand: what the plans say, or what was typed when they say nothing."""
        return facts.number(self.planned_demand) or facts.number(self.half_year_demand)

    def compare_with_last_time(self, rows, changes, rates):
        """Set the lowest, the selected and the last approved rate, and the difference between the last two."""
        comparable = [row.rate_base for row in rows if row.rank]
        self.lowest_rate_base = min(comparable, default=0)
        selected = [facts.number(row.rate_base) for row in rows if cint(row.selected) and row.rank]
        if not selected:
            selected = [
                facts.number(row.new_rate) * rates[row.currency] for row in changes if row.currency in rates
            ]
        last = facts.last_prices(self, limit=1)
        chosen = max(selected, default=Decimal(0))
        before = facts.number(last[0].rate_base) if last else Decimal(0)
        self.selected_rate_base, self.last_rate_base = float(chosen), float(before)
        self.difference_pct = float((chosen - before) / before * 100) if chosen and before else 0

    def complete_validity(self):
        """Let a validity without an end run as long as the rule allows (4.2.6)."""
        rows = [row for row in (self, *self.open_changes()) if row.valid_from and not row.valid_to]
        if rows:
            months = values_of("4.2.6", self)["validity_months"]
            for row in rows:
                row.valid_to = last_day(getdate(row.valid_from), months)

    def last_approved_prices(self, limit=3):
        """Return the last approved prices of this item, newest first, for the form and its print."""
        return facts.last_prices(self, limit=limit)

    def is_subcontract(self):
        """Return whether an operation, not goods, is priced."""
        return self.price_kind == PriceKind.SUBCONTRACT
