"""The story that `./erp demo` tells: suppliers and prices under the regulation, step by step.

Every step acts as the user of the right role through the ordinary doors and names its clause. Attempts
that must fail are made for real and shown failing. The story uses a supplier, items and documents of its
own, so that it can be told again on the same site; it commits.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

import frappe
from frappe.utils import add_days, flt, getdate, strip_html

from erp_rules.demo import changes, imports, ordering, receiving
from erp_rules.demo.company import attachment
from erp_rules.demo.people import acting_as, login_of, make_user, take_action
from erp_rules.procurement import price_expiry
from erp_rules.procurement.facts import effective_prices

REFUSALS = (frappe.ValidationError, frappe.PermissionError)
QUOTING = ("S-0107", "S-0108", "S-0109")


class Teller:
    """Prints the steps and counts those that held."""

    def __init__(self, say: Callable[[str], None]):
        self.say, self.held, self.failed = say, 0, 0

    def chapter(self, text: str) -> None:
        """Begin a part of the story."""
        self.say(f"\n{text}")

    def step(self, clause: str, text: str, holds: bool = True, detail: str = "") -> None:
        """Print a step that was done, or a fact that must hold."""
        self._count(holds)
        self.say(f"  {'✓' if holds else '✗ FAILED'} [{clause}] {text}" + (f" – {detail}" if detail else ""))

    def refused(
        self, clause: str, text: str, attempt: Callable[[], object], *, by_role: bool = False
    ) -> None:
        """Make an attempt that must be refused, show the refusal, and leave nothing behind.

        The refusal must cite the clause; with `by_role` the missing permission alone is right, too.
        """
        frappe.db.commit()
        user = frappe.session.user
        try:
            attempt()
        except REFUSALS as error:
            reasons = _reasons(error)
            frappe.db.rollback()
            frappe.set_user(user)
            right = any(clause in reason for reason in reasons)
            right = right or (by_role and isinstance(error, frappe.PermissionError))
            self._count(right)
            self.say(f"  {'✓' if right else '✗ FAILED'} [{clause}] {text}: refused")
            for reason in reasons:
                self.say(f"        {reason}")
        else:
            frappe.db.rollback()
            self._count(False)
            self.say(f"  ✗ FAILED [{clause}] {text}: it was allowed")
        finally:
            frappe.local.message_log = []
            frappe.local.response.pop("rule_violations", None)

    def _count(self, holds: bool) -> None:
        self.held += int(holds)
        self.failed += int(not holds)


def _reasons(error: Exception) -> list[str]:
    """Return the reasons of a refusal, one per line as a user reads them."""
    text = str(error) or " ".join(str(m.get("message", "")) for m in frappe.local.message_log)
    parts = text.replace("</li>", "\n").replace("<br>", "\n").split("\n")
    return [plain for part in parts if (plain := strip_html(part).strip())]


def run(say: Callable[[str], None] = print) -> int:
    """Tell the whole story on the connected site; return 0 when everything held, else 1."""
    story = Story(Teller(say))
    for part in (story.supplier, story.price, story.change, story.expiry, story.waiver, story.rules):
        part()
        frappe.db.commit()
    story.orders = ordering.tell(story.tell)
    frappe.db.commit()
    receiving.tell(story.tell, story.orders)
    frappe.db.commit()
    changes.tell(story)
    frappe.db.commit()
    imports.tell(story)
    frappe.db.commit()
    story.evaluation()
    frappe.db.commit()
    teller = story.tell
    say(f"\n{teller.held} steps held, {teller.failed} failed.")
    return 1 if teller.failed else 0


class Story:
    """One telling, with documents of its own."""

    def __init__(self, teller: Teller):
        self.tell = teller
        self.today = getdate()
        self.number = frappe.db.count("Item", {"item_code": ["like", "DEMO-%A"]}) + 1
        self.supplier_code = f"S-D{self.number:03d}"

    # --- suppliers -------------------------------------------------------------------------------

    def supplier(self) -> None:
        """A new supplier becomes approved, and only by the way that the regulation knows."""
        tell = self.tell
        tell.chapter("1. A new supplier")
        with acting_as("Purchaser"):
            supplier = frappe.new_doc("Supplier")
            supplier.update(
                {
                    "supplier_code": self.supplier_code,
                    "supplier_name": f"东莞市新锐紧固件有限公司 {self.number}",
                    "supplier_kind": "Domestic",
                }
            )
            supplier.insert()
        tell.step("4.1.1.4", f"The purchaser enters supplier {supplier.name}; it is {supplier.status}")
        tell.refused("4.1.1.2", "The purchaser writes the status Approved by hand", self.approve_by_hand)
        survey = self.new_survey()
        tell.step("4.1.1.2", f"Survey {survey.name} is filled in")
        tell.refused("1.2", "The purchaser submits it past the workflow", lambda: self.submit_past(survey))
        survey = take_action(survey, "Submit for Review", "Purchaser")
        survey = take_action(survey, "Pass", "Engineer")
        tell.step("4.1.1.2", f"Technical has signed: {survey.technical_signed_by}")
        survey = take_action(survey, "Reject", "Quality Inspector", "The test report is missing")
        survey = take_action(survey, "Revise", "Purchaser")
        tell.step("4.1.1.2", "Quality rejects; the purchaser revises", survey.workflow_state == "Draft")
        self.revise(survey)
        for action, role in (
            ("Submit for Review", "Purchaser"),
            ("Pass", "Engineer"),
            ("Pass", "Quality Inspector"),
        ):
            survey = take_action(survey, action, role)
        tell.step(
            "4.1.1.2", f"Quality has signed: {survey.quality_signed_by}", bool(survey.technical_signed_by)
        )
        tell.refused(
            "4.1.1.4",
            "Approval while address, contact and currency are missing",
            lambda: take_action(survey, "Approve", "Purchasing Manager"),
        )
        self.complete_supplier()
        take_action(survey, "Approve", "Purchasing Manager")
        status = frappe.db.get_value("Supplier", supplier.name, "status")
        tell.step("4.1.1.2", f"With the data complete the supplier is {status}", status == "Approved")
        frappe.db.commit()
        told = frappe.db.count("Notification Log", {"for_user": login_of("Quality Inspector")})
        tell.step("4.1.1.3", "Every quality inspector is told of the new list", told > 0)

    def approve_by_hand(self) -> None:
        with acting_as("Purchasing Manager"):
            supplier = frappe.get_doc("Supplier", self.supplier_code)
            supplier.status = "Approved"
            supplier.save()

    def new_survey(self):
        with acting_as("Purchaser"):
            survey = frappe.new_doc("Supplier Survey")
            survey.update(
                {
                    "supplier": self.supplier_code,
                    "equipment": "冷镦机12台，搓丝机8台，三坐标1台",
                    "capacity": "月产能60万件",
                    "technical_level": "可开发M3-M16异形螺丝",
                    "quality_system": "无",
                }
            )
            for area in ("Technical", "Quality", "Delivery", "Price", "Management"):
                survey.append("scores", {"area": area, "criterion": area, "max_score": 10, "score": 8})
            return survey.insert()

    def submit_past(self, survey) -> None:
        with acting_as("Purchasing Manager"):
            frappe.get_doc(survey.doctype, survey.name).submit()

    def revise(self, survey) -> None:
        with acting_as("Purchaser"):
            doc = frappe.get_doc(survey.doctype, survey.name)
            doc.quality_system = "ISO 9001:2015"
            doc.save()

    def complete_supplier(self) -> None:
        with acting_as("Purchaser"):
            supplier = frappe.get_doc("Supplier", self.supplier_code)
            supplier.update({"address": "广东省东莞市虎门镇", "currency": "CNY"})
            supplier.append("contacts", {"contact_name": "业务部", "phone": "0769-55500906", "is_primary": 1})
            supplier.save()

    # --- prices ----------------------------------------------------------------------------------

    def new_item(self, suffix: str) -> str:
        with acting_as("Engineer"):
            item = frappe.new_doc("Item")
            item.update(
                {
                    "item_code": f"DEMO-{self.number:03d}{suffix}",
                    "item_name": "异形螺丝",
                    "specification": "M8×35 10.9级 镀镍",
                    "item_class": "Component",
                    "stock_uom": "pcs",
                    "part_size": "Small",
                    "sample_status": "Confirmed",
                }
            )
            return item.insert().name

    def new_approval(self, item: str, quotes: list[dict], **values):
        with acting_as("Purchaser"):
            doc = frappe.new_doc("Price Approval")
            doc.update({"item": item, "price_kind": "Purchase", "form_date": self.today, **values})
            for quote in quotes:
                doc.append("quotes", {"tax_rate": 13, "min_order_qty": 5000, "lead_days": 10, **quote})
            return doc.insert()

    def complete_approval(self, item: str, rate: float = 0.52):
        quotes = [
            {
                "supplier": code,
                "currency": "CNY",
                "rate": round(rate + i * 0.03, 4),
                "selected": int(not i),
                "cost_formula": "材料+加工+利润",
            }
            for i, code in enumerate(QUOTING)
        ]
        return self.new_approval(item, quotes, market_check="同规格市场询价", sample=attachment(item, False))

    def price(self) -> None:
        """A price travels from its quotes to the price list."""
        tell = self.tell
        tell.chapter("2. A price, from the quotes to the price list")
        self.item = self.new_item("A")
        doc = self.new_approval(
            self.item,
            [
                {"supplier": self.supplier_code, "currency": "CNY", "rate": 0.55},
                {
                    "supplier": "S-0402",
                    "currency": "USD",
                    "rate": 0.068,
                    "selected": 1,
                    "cost_formula": "Material + process",
                },
            ],
        )
        tell.step("4.2.7", f"Price approval {doc.name} for item {self.item} is begun with two quotes")
        tell.refused(
            "4.2.3.3", "It is submitted as it is", lambda: take_action(doc, "Submit for Review", "Purchaser")
        )
        doc = self.complete_quotes(doc)
        rates = ", ".join(
            f"{row.supplier} {row.currency} {row.rate} = {flt(row.rate_base):.4f}" for row in doc.quotes
        )
        lowest = [row.supplier for row in doc.quotes if row.is_lowest]
        tell.step("4.2.3.3", f"Third quote, side by side in base currency: {rates}", len(lowest) == 1)
        tell.refused(
            "4.2.3.3",
            "The selected quote is not the lowest and no reason is given",
            lambda: take_action(doc, "Submit for Review", "Purchaser"),
        )
        with acting_as("Purchaser"):
            doc.not_lowest_reason = "Shorter Delivery"
            doc.save()
        doc = take_action(doc, "Submit for Review", "Purchaser")
        tell.step(
            "4.2.4",
            f"With its reason it goes to {doc.workflow_state}",
            doc.workflow_state == "Finance Review",
        )
        self.show_deadline(doc, "4.2.4", "Open")
        self.refuse_shortcuts(doc)
        doc = take_action(doc, "Pass", "Finance Officer")
        self.show_deadline(doc, "4.2.4", "Met")
        tell.refused(
            "4.2.4",
            "Approval without the first day of validity",
            lambda: take_action(doc, "Approve", "Top Executive"),
        )
        tell.refused(
            "4.2.6",
            "A validity of eight months",
            lambda: self.set_validity(doc, self.today, add_days(self.today, 240)),
        )
        self.set_validity(doc, self.today)
        doc = take_action(doc, "Approve", "Top Executive")
        tell.step("4.2.6", f"Approved, valid from {doc.valid_from} to {doc.valid_to}", bool(doc.valid_to))
        doc = take_action(doc, "Post", "Finance Officer")
        self.approval = doc
        rows = self.price_rows(doc)
        tell.step("4.2.5", "Posted; the price list has " + _price_line(rows[0]), len(rows) == 1)
        task = frappe.db.exists("ToDo", {"reference_type": doc.doctype, "reference_name": doc.name})
        tell.step("4.2.5", "The Cost Accountant has the task to update the item's cost", bool(task))
        tell.refused(
            "4.2.7", "A second price approval for the same item", lambda: self.complete_approval(self.item)
        )
        tell.refused("4.2.7", "The posted price is edited", lambda: self.edit_price(rows[0].name))
        tell.refused("1.6", "The posted approval is deleted", lambda: self.delete(doc))

    def complete_quotes(self, doc):
        with acting_as("Purchaser"):
            doc = frappe.get_doc(doc.doctype, doc.name)
            doc.market_check = "海盐标准件市场询价"
            doc.sample = attachment(self.item, False)
            doc.quotes[0].cost_formula = "材料0.30+加工0.15+利润0.10"
            third = {
                "supplier": "S-0108",
                "currency": "CNY",
                "rate": 0.43,
                "cost_formula": "材料0.25+加工0.12+利润0.06",
            }
            doc.append("quotes", third)
            return doc.save()

    def refuse_shortcuts(self, doc) -> None:
        """Try what stock Frappe would allow."""
        tell = self.tell

        def write_state():
            with acting_as("Finance Officer"):
                other = frappe.get_doc(doc.doctype, doc.name)
                other.workflow_state = "Executive Approval"
                other.save()

        def change_quote():
            with acting_as("Purchaser"):
                other = frappe.get_doc(doc.doctype, doc.name)
                other.quotes[0].rate = 0.01
                other.save()

        tell.refused("1.1", "The finance officer writes the next state by hand", write_state)
        tell.refused("1.4", "The purchaser changes a quote during the review", change_quote)
        tell.refused(
            "1.1", "The purchaser passes the finance review", lambda: take_action(doc, "Pass", "Purchaser")
        )

    def set_validity(self, doc, first, last=None) -> None:
        with acting_as("Top Executive"):
            doc = frappe.get_doc(doc.doctype, doc.name)
            for row in [row for row in doc.changes if row.change_no == doc.change_no] or [doc]:
                row.valid_from = first
                if last:
                    row.valid_to = last
            doc.save()

    def edit_price(self, name: str) -> None:
        price = frappe.get_doc("Item Supplier Price", name)
        price.rate = 0.01
        price.save(ignore_permissions=True)

    def delete(self, doc) -> None:
        frappe.delete_doc(doc.doctype, doc.name)

    def price_rows(self, doc) -> list:
        return frappe.get_all(
            "Item Supplier Price",
            filters={"price_approval": doc.name},
            fields=["name", "supplier", "currency", "rate", "valid_from", "valid_to"],
            order_by="valid_from asc, creation asc",
        )

    def show_deadline(self, doc, clause: str, status: str) -> None:
        found = frappe.get_all(
            "Deadline",
            filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "clause": clause},
            fields=["status", "responsible_role", "due_at"],
        )
        detail = ", ".join(f"{row.responsible_role} by {row.due_at}: {row.status}" for row in found)
        self.tell.step(clause, "Time limit", [row.status for row in found] == [status], detail)

    # --- change, expiry --------------------------------------------------------------------------

    def change(self) -> None:
        """A price change is a row, and becomes effective only when posted."""
        tell = self.tell
        tell.chapter("3. A price change")
        doc = take_action(self.approval, "Start Change", "Purchaser")
        supplier = self.price_rows(doc)[0].supplier
        start = add_days(self.today, 7)
        with acting_as("Purchaser"):
            doc.append(
                "changes",
                {
                    "change_kind": "Price",
                    "supplier": supplier,
                    "new_rate": 0.065,
                    "reason": "铜价下跌，供应商降价",
                },
            )
            doc.save()
        tell.step(
            "4.2.7",
            "The change is a row of the same form; the old price still counts",
            len(self.price_rows(doc)) == 1,
        )
        doc = take_action(doc, "Submit for Review", "Purchaser")
        doc = take_action(doc, "Pass", "Finance Officer")
        doc = take_action(doc, "Reject", "Top Executive", "Steel has come down again")
        tell.step(
            "4.2.7",
            "The executive rejects; nothing has changed in the price list",
            len(self.price_rows(doc)) == 1,
        )
        doc = take_action(doc, "Revise", "Purchaser")
        doc = take_action(doc, "Submit for Review", "Purchaser")
        doc = take_action(doc, "Pass", "Finance Officer")
        self.set_validity(doc, start)
        doc = take_action(doc, "Approve", "Top Executive")
        doc = take_action(doc, "Post", "Finance Officer")
        rows = self.price_rows(doc)
        old_ends = len(rows) == 2 and getdate(rows[0].valid_to) == getdate(start) - datetime.timedelta(days=1)
        tell.step("4.2.7", "Posted: " + "; ".join(_price_line(row) for row in rows), old_ends)
        versions = frappe.db.count("Version", {"ref_doctype": doc.doctype, "docname": doc.name})
        tell.step("2.9", f"The version log holds {versions} changes of this form", versions > 0)

    def expiry(self) -> None:
        """Prices end: the purchaser is told before, finance sends an expired one back."""
        tell = self.tell
        tell.chapter("4. A price ends")
        ending, ended = self.new_item("B"), self.new_item("C")
        self.post(self.complete_approval(ending), add_days(self.today, -60), add_days(self.today, 12))
        expired = self.post(
            self.complete_approval(ended), add_days(self.today, -90), add_days(self.today, -1)
        )
        price_expiry.tell_purchasers()
        frappe.db.commit()
        told = frappe.get_all(
            "Notification Log",
            filters={"for_user": login_of("Purchaser"), "subject": ["like", f"%{ending}%"]},
            pluck="subject",
        )
        tell.step("4.2.6", "The purchaser is told", bool(told), strip_html(told[0]) if told else "")
        offered = effective_prices([ending, ended], self.today)
        tell.step(
            "4.2.6", f"Item {ending} is still offered, item {ended} no longer", list(offered) == [ending]
        )
        back = take_action(expired, "Return for Confirmation", "Finance Officer")
        rows = [row.change_kind for row in back.changes]
        tell.step("4.2.6", "Finance sends the expired price back for confirmation", rows == ["Validity"])
        self.show_deadline(back, "4.2.6", "Open")

    def post(self, doc, first, last=None):
        """Take a complete form to Posted."""
        doc = take_action(doc, "Submit for Review", "Purchaser")
        doc = take_action(doc, "Pass", "Finance Officer")
        self.set_validity(doc, first, last)
        doc = take_action(doc, "Approve", "Top Executive")
        return take_action(doc, "Post", "Finance Officer")

    # --- waiver, rules ---------------------------------------------------------------------------

    def waiver(self) -> None:
        """An exception is a document of its own, and is used once."""
        tell = self.tell
        tell.chapter("5. A waiver")
        item = self.new_item("D")
        doc = self.single_quote(item)
        tell.refused(
            "4.2.3.3",
            "One quote only, from the single source",
            lambda: take_action(doc, "Submit for Review", "Purchaser"),
        )
        tell.refused(
            "2.4", "A waiver for a clause that nobody may waive", lambda: self.new_waiver("4.2.6", doc)
        )
        waiver = self.new_waiver("4.2.3.3", doc)
        waiver = take_action(waiver, "Submit for Approval", "Purchaser")
        tell.refused(
            "1.1", "The purchaser approves the waiver", lambda: take_action(waiver, "Approve", "Purchaser")
        )
        waiver = take_action(waiver, "Approve", "Top Executive")
        tell.step("2.4", f"Waiver {waiver.name} is approved by {waiver.approved_by}")
        moved = take_action(doc, "Submit for Review", "Purchaser")
        frappe.db.commit()
        tell.step(
            "4.2.3.3", f"Now it goes to {moved.workflow_state}", moved.workflow_state == "Finance Review"
        )
        state = frappe.db.get_value("Rule Waiver", waiver.name, "workflow_state")
        tell.step("2.5", f"The waiver is {state}", state == "Used Up")
        events = frappe.get_all(
            "Rule Event",
            filters={"reference_name": doc.name, "clause": "4.2.3.3"},
            pluck="outcome",
            order_by="creation",
        )
        tell.step(
            "2.3",
            f"Kept for good, also of the refused attempt: {', '.join(events)}",
            {"Blocked", "Waived"} <= set(events),
        )

    def single_quote(self, item: str):
        quote = {
            "supplier": "S-0401",
            "currency": "USD",
            "rate": 0.21,
            "selected": 1,
            "cost_formula": "Material + process",
        }
        return self.new_approval(item, [quote], market_check="独家供应", sample=attachment(item, False))

    def new_waiver(self, clause: str, doc):
        with acting_as("Purchaser"):
            waiver = frappe.new_doc("Rule Waiver")
            waiver.update(
                {
                    "clause": clause,
                    "scope": "Document",
                    "reference_doctype": doc.doctype,
                    "reference_name": doc.name,
                    "valid_until": add_days(self.today, 30),
                    "max_uses": 1,
                    "reason": "专利件，仅一家可供",
                    "evidence": attachment(doc.item, False),
                }
            )
            return waiver.insert()

    def rules(self) -> None:
        """The regulation is data: a Rule Administrator changes it, and the next save obeys."""
        tell = self.tell
        tell.chapter("6. The rule itself is changed, without code")
        item = self.new_item("E")
        quotes = [
            {
                "supplier": code,
                "currency": "CNY",
                "rate": rate,
                "selected": selected,
                "cost_formula": "材料+加工+利润",
            }
            for code, rate, selected in (("S-0107", 0.4, 1), ("S-0108", 0.45, 0))
        ]
        doc = self.new_approval(item, quotes, market_check="市场询价", sample=attachment(item, False))
        tell.refused("4.2.3.3", "Two quotes", lambda: take_action(doc, "Submit for Review", "Purchaser"))
        tell.refused(
            "2.1",
            "The purchaser changes the rule",
            lambda: self.set_min_quotes("2", "Purchaser"),
            by_role=True,
        )
        tell.refused(
            "2.2", "The parameter gets a word instead of a number", lambda: self.set_min_quotes("two")
        )
        before = self.set_min_quotes("2")
        frappe.db.commit()
        try:
            doc = take_action(doc, "Submit for Review", "Purchaser")
            tell.step(
                "4.2.3.3",
                "The Rule Administrator sets min_quotes to 2: two quotes pass",
                doc.workflow_state == "Finance Review",
            )
        finally:
            self.set_min_quotes(before)
            frappe.db.commit()
        doc = take_action(doc, "Pass", "Finance Officer")
        tell.step(
            "2.7",
            "The rule is back at 3; this form goes on by the value it was judged by",
            '"min_quotes": 2' in _spaced(doc.judged_by),
        )

    def set_min_quotes(self, value: str, role: str = "Rule Administrator") -> str:
        """Set the parameter from today and return what it was."""
        with acting_as(role):
            rule = frappe.get_doc("Rule", "4.2.3.3")
            row = next(row for row in rule.parameters if row.key == "min_quotes")
            before, row.value = row.value, value
            rule.save()
            return before

    def evaluation(self) -> None:
        """A suspended supplier gets no new price; its history stays."""
        tell = self.tell
        tell.chapter("7. A supplier is suspended")
        with acting_as("Purchaser"):
            doc = frappe.new_doc("Supplier Evaluation")
            doc.update(
                {
                    "supplier": self.supplier_code,
                    "period_from": add_days(self.today, -90),
                    "period_to": self.today,
                    "quality_pct": 70,
                    "outcome": "Suspend",
                    "remarks": "三批混料",
                }
            )
            doc.insert()
        doc = take_action(doc, "Submit for Approval", "Purchaser")
        self.refuse_self_approval()
        take_action(doc, "Approve", "Purchasing Manager")
        status = frappe.db.get_value("Supplier", self.supplier_code, "status")
        tell.step(
            "4.1.2.2",
            f"After the evaluation supplier {self.supplier_code} is {status}",
            status == "Suspended",
        )
        item = self.new_item("F")
        approval = self.complete_approval(item)
        with acting_as("Purchaser"):
            approval.append(
                "quotes",
                {"supplier": self.supplier_code, "currency": "CNY", "rate": 0.5, "cost_formula": "材料+加工"},
            )
            for row in approval.quotes:
                row.selected = int(row.supplier == self.supplier_code)
        tell.refused("4.1.2.2", "A new price from it", lambda: self.submit_edited(approval))

    def refuse_self_approval(self) -> None:
        """Let somebody who has both roles make an evaluation and try to approve it."""
        login = "deputy@demo.example"
        if not frappe.db.exists("User", login):
            make_user(login, "代理", "Deputy", ["Purchaser", "Purchasing Manager"])
        with acting_as(login):
            doc = frappe.new_doc("Supplier Evaluation")
            doc.update(
                {
                    "supplier": "S-0110",
                    "period_from": add_days(self.today, -30 - 31 * self.number),
                    "period_to": add_days(self.today, -31 * self.number),
                    "quality_pct": 99,
                    "outcome": "Keep",
                }
            )
            doc.insert()
        doc = take_action(doc, "Submit for Approval", login)
        self.tell.refused(
            "1.3",
            "A purchaser who is also purchasing manager approves the own evaluation",
            lambda: take_action(doc, "Approve", login),
        )

    def submit_edited(self, doc) -> None:
        with acting_as("Purchaser"):
            doc.save()
        take_action(doc, "Submit for Review", "Purchaser")


def _price_line(row) -> str:
    return f"{row.supplier} {row.currency} {flt(row.rate)} from {row.valid_from} to {row.valid_to}"


def _spaced(text: str | None) -> str:
    return (text or "").replace('":', '": ').replace(":  ", ": ")
