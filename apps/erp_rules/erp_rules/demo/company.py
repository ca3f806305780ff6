"""Fill a site with the demo company, as its own people would: imports, surveys, approvals, price changes.

Everything goes through the ordinary doors as the user of the right role, so that surveys are really
signed, prices really approved and posted, and the log shows who did what. The files end on
`LAST_DAY`; all dates are moved so that this day becomes today.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import frappe
from frappe.utils import add_days, flt, getdate

from erp_rules.api import imports
from erp_rules.api.import_layouts import BY_DOCTYPE
from erp_rules.demo.people import acting_as, login_of, make_users, people, take_action, taking_turns

LAST_DAY = datetime.date(2026, 10, 31)
COMPANY, COMPANY_ZH = "Hongyuan Hardware & Plastics Co., Ltd.", "宏远五金塑胶制品有限公司"
QUOTE_FILES = ("quotes_2024-2025.csv", "quotes_2025H2.csv", "quotes_2026H1.csv", "quotes_2026H2.csv")
# how many items get a posted price, how many of them with all rounds of two years, and what waits for whom
POSTED, WITH_HISTORY = 48, 6
WAITING = (("Draft", 4), ("Finance Review", 6), ("Executive Approval", 5), ("Approved", 3), ("Rejected", 2))
NOT_SURVEYED = ("S-0129", "S-0199")
SURVEYS_WAITING = {
    "S-0112": "Technical Review",
    "S-0120": "Quality Review",
    "S-0306": "Approval",
    "S-0403": "Draft",
}


@dataclass
class Summary:
    """What was loaded: one import report per file, and the numbers of documents made by hand."""

    reports: dict[str, imports.Report] = field(default_factory=dict)
    surveys: int = 0
    approvals: int = 0
    changes: int = 0


def role_logins(source: Path | str) -> list[tuple[str, str]]:
    """Return role and login of each person, for the list that the start command prints."""
    return [(person.role, person.login) for person in people(Path(source))]


def is_loaded() -> bool:
    """Return whether this site has the demo company already."""
    return frappe.db.get_single_value("Purchasing Settings", "company_name") == COMPANY


def load(
    source: Path | str, *, password: str | None = None, progress: Callable[[str], None] = lambda text: None
) -> Summary:
    """Load the demo company from the files in `source`; a site that has it is left as it is.

    Commits after each part. `password` is given to every user of the company.
    """
    source, summary = Path(source), Summary()
    if is_loaded():
        return summary
    shift = (getdate() - LAST_DAY).days
    frappe.flags.mute_emails = True
    progress("Demo company: people and departments")
    make_users(source, password)
    loader = Loader(source, shift, summary)
    with taking_turns():
        loader.masters()
        progress("Demo company: items, suppliers and exchange rates")
        loader.lists()
        progress("Demo company: supplier surveys")
        loader.surveys()
        progress("Demo company: quotes, price approvals and changes")
        loader.prices()
        loader.evaluations()
    settings = frappe.get_doc("Purchasing Settings")
    settings.update({"company_name": COMPANY, "company_name_zh": COMPANY_ZH})
    settings.save(ignore_permissions=True)
    frappe.db.commit()
    return summary


class Loader:
    """Loads one part after the other."""

    def __init__(self, source: Path, shift_days: int, summary: Summary):
        self.source, self.shift_days, self.summary = source, shift_days, summary
        self.today = getdate()

    def read(self, file: str) -> bytes:
        """Return the content of one file of the company."""
        return (self.source / file).read_bytes()

    def take_list(self, doctype: str, file: str, role: str, *, moved: bool = False, **defaults) -> None:
        """Import one file as the person with `role`, and commit."""
        with acting_as(role):
            self.summary.reports[file] = imports.import_content(
                doctype,
                self.read(file),
                file,
                defaults=defaults,
                shift_days=self.shift_days if moved else 0,
            )
        frappe.db.commit()

    def masters(self) -> None:
        """Import the small lists."""
        self.take_list("UOM", "uoms.csv", "Engineer")
        self.take_list("Department", "departments.csv", "Rule Administrator")
        calendar = frappe.db.get_single_value("Rule Settings", "default_calendar")
        self.take_list("Working Calendar", "holidays.csv", "Rule Administrator", calendar_name=calendar)

    def lists(self) -> None:
        """Import suppliers, warehouses, items, their costs and the exchange rates."""
        self.take_list("Supplier", "suppliers.csv", "Purchaser")
        self.take_list("Warehouse", "warehouses.csv", "Warehouse Manager")
        self.take_list("Item", "items.csv", "Engineer")
        self.costs("item_costs.csv")
        self.take_list("Exchange Rate", "exchange_rates.csv", "Finance Officer", moved=True)

    def costs(self, file: str) -> None:
        """Let the Cost Accountant, who may change items but not import them, enter the list of costs."""
        report = self.summary.reports[file] = imports.Report("Item")
        with acting_as("Cost Accountant"):
            records = imports.read_records("Item", self.read(file), file, report)
            imports.Saver(BY_DOCTYPE["Item"], report).save_all(records)
        report.close()
        frappe.db.commit()

    # --- surveys ---------------------------------------------------------------------------------

    def surveys(self) -> None:
        """Survey every supplier; most are approved, some wait on the way."""
        suppliers = frappe.get_all("Supplier", fields=["name", "supplier_kind"], order_by="name asc")
        done = set(frappe.get_all("Supplier Survey", pluck="supplier"))
        for number, supplier in enumerate(suppliers):
            if supplier.name in NOT_SURVEYED or supplier.name in done:
                continue
            doc = self.draft_survey(supplier, number)
            stop = SURVEYS_WAITING.get(supplier.name)
            steps = (
                ("Draft", "Submit for Review", "Purchaser"),
                ("Technical Review", "Pass", "Engineer"),
                ("Quality Review", "Pass", "Quality Inspector"),
                ("Approval", "Approve", "Purchasing Manager"),
            )
            for state, action, role in steps:
                if state == stop:
                    break
                doc = take_action(doc, action, role)
            self.summary.surveys += 1
        frappe.db.commit()

    def draft_survey(self, supplier, number: int):
        """Return a new survey of this supplier as its purchaser fills it in."""
        with acting_as("Purchaser"):
            doc = frappe.new_doc("Supplier Survey")
            doc.update(
                {
                    "supplier": supplier.name,
                    "survey_date": add_days(self.today, -420 + number * 3),
                    "visited_place": "工厂现场",
                    "main_products": "五金、塑胶零件"
                    if supplier.supplier_kind != "Subcontractor"
                    else "表面处理加工",
                    "founded_year": 1996 + number % 22,
                    "employees": 40 + number * 7,
                    "technicians": 4 + number % 9,
                    "plant_area_sqm": 1500 + number * 130,
                    "equipment": f"主要设备{6 + number % 11}台，检测设备{2 + number % 5}台",
                    "capacity": f"月产能约{20 + number % 15 * 5}万件",
                    "technical_level": "具备图纸展开与模具维修能力",
                    "quality_system": "ISO 9001:2015" if number % 4 else "ISO 9001:2015、IATF 16949",
                }
            )
            for area, criterion, score in (
                ("Technical", "设备与工艺能力", 8),
                ("Quality", "进料、制程、出货检验", 7),
                ("Delivery", "交期达成与产能弹性", 8),
                ("Price", "价格竞争力", 7),
                ("Management", "5S与现场管理", 8),
            ):
                doc.append(
                    "scores",
                    {
                        "area": area,
                        "criterion": criterion,
                        "max_score": 10,
                        "score": score + (number + len(area)) % 3,
                    },
                )
            return doc.insert()

    # --- prices ----------------------------------------------------------------------------------

    def prices(self) -> None:
        """Approve and post prices from the quotes, with their changes; leave some waiting for each role."""
        rounds = self.quote_rounds()
        items = list(rounds)
        step = max(1, len(items) // (POSTED + sum(number for _state, number in WAITING)))
        chosen = items[::step]
        done = set(frappe.get_all("Price Approval", pluck="item"))
        for number, item in enumerate(chosen[:POSTED]):
            if rounds[item][0].values["item"] in done:
                continue
            history = rounds[item] if number % (POSTED // WITH_HISTORY) == 0 else rounds[item][-1:]
            doc = self.approve(history[0], number, "Posted")
            for record in history[1:]:
                doc = self.change(doc, record)
            frappe.db.commit()
        waiting = iter(chosen[POSTED:])
        for state, number in WAITING:
            for item, count in zip(waiting, range(number), strict=False):
                if rounds[item][0].values["item"] not in done:
                    self.approve(rounds[item][-1], count, state)
        frappe.db.commit()

    def quote_rounds(self) -> dict[tuple, list[imports.Record]]:
        """Return per item and operation the rounds of quotes, oldest first."""
        usual = BY_DOCTYPE["Price Approval"]
        layout = replace(
            usual,
            key=(*usual.key, "form_date"),
            columns={**usual.columns, "有效期起": "valid_from"},
            ignored=("供应商名称",),
        )
        rounds: dict[tuple, list[imports.Record]] = {}
        for file in QUOTE_FILES:
            report = self.summary.reports[file] = imports.Report("Price Approval")
            found = imports.read_records(
                "Price Approval", self.read(file), file, report, shift_days=self.shift_days, layout=layout
            )
            report.close()
            for record in found:
                rounds.setdefault(record.key[:3], []).append(record)
        for records in rounds.values():
            records.sort(key=lambda record: record.values["form_date"])
        return {
            key: records
            for key, records in rounds.items()
            if all(len(r.rows) >= 3 and any(row.get("selected") for row in r.rows) for r in records)
        }

    def approve(self, record: imports.Record, number: int, stop: str):
        """Take one price approval as far as state `stop` and return it."""
        values = record.values
        with acting_as("Purchaser"):
            doc = frappe.new_doc("Price Approval")
            doc.update(
                {f: values.get(f) for f in ("item", "price_kind", "operation", "form_date", "market_check")}
            )
            doc.not_lowest_reason = values.get("not_lowest_reason")
            doc.half_year_demand = 1000 + number % 7 * 500
            is_large = frappe.db.get_value("Item", doc.item, "part_size") == "Large"
            doc.set("drawing" if is_large else "sample", attachment(doc.item, is_large))
            for row in record.rows:
                doc.append("quotes", row)
            doc.insert()
        self.summary.approvals += 1
        return self.review(doc, stop, values.get("valid_from"))

    def review(self, doc, stop: str, valid_from):
        """Take the document through finance and the executive to `stop`."""
        if stop in ("Draft", "Change Draft"):
            return doc
        doc = take_action(doc, "Submit for Review", "Purchaser")
        if stop == "Finance Review":
            return doc
        if stop == "Rejected":
            return take_action(doc, "Reject", "Finance Officer", "The second quote has expired")
        doc = take_action(doc, "Pass", "Finance Officer")
        if stop == "Executive Approval":
            return doc
        with acting_as("Top Executive"):
            for row in [row for row in doc.changes if row.change_no == doc.change_no] or [doc]:
                row.valid_from = valid_from
            doc.save()
        doc = take_action(doc, "Approve", "Top Executive")
        if stop == "Approved":
            return doc
        return take_action(doc, "Post", "Finance Officer")

    def change(self, doc, record: imports.Record):
        """Take one later round through the change cycle: same supplier a new price, else a new supplier."""
        doc = take_action(doc, "Start Change", "Purchaser")
        selected = [row for row in doc.quotes if row.selected]
        chosen = next(row for row in record.rows if row.get("selected"))
        kind, reason = "Supplier", "重新询价后更换供应商"
        if earlier := [row for row in selected if row.supplier == chosen["supplier"]]:
            is_same = (chosen["currency"], flt(chosen["rate"])) == (
                earlier[-1].currency,
                flt(earlier[-1].rate),
            )
            kind, reason = ("Validity", "价格不变，延长有效期") if is_same else ("Price", "定期重新询价")
        with acting_as("Purchaser"):
            doc.change_date = record.values["form_date"]
            doc.market_check = record.values.get("market_check")
            doc.not_lowest_reason = record.values.get("not_lowest_reason")
            for row in record.rows:
                doc.append("quotes", row)
            doc.append(
                "changes",
                {
                    "change_kind": kind,
                    "supplier": chosen["supplier"],
                    "replaces": selected[-1].supplier if kind == "Supplier" else None,
                    "currency": chosen["currency"],
                    "new_rate": chosen["rate"],
                    "reason": reason,
                },
            )
            doc.save()
        self.summary.changes += 1
        return self.review(doc, "Posted", record.values.get("valid_from"))

    # --- evaluations -----------------------------------------------------------------------------

    def evaluations(self) -> None:
        """Evaluate three suppliers: one is kept, one coached, one suspended."""
        for supplier, outcome, quality in (
            ("S-0107", "Keep", 99.2),
            ("S-0118", "Coach", 93.5),
            ("S-0304", "Suspend", 81.0),
        ):
            if frappe.db.exists("Supplier Evaluation", {"supplier": supplier}):
                continue
            with acting_as("Purchaser"):
                doc = frappe.new_doc("Supplier Evaluation")
                doc.update(
                    {
                        "supplier": supplier,
                        "period_from": add_days(self.today, -180),
                        "period_to": add_days(self.today, -1),
                        "quality_pct": quality,
                        "on_time_pct": 96,
                        "cooperation_score": 85,
                        "outcome": outcome,
                        "remarks": ""
                        if outcome == "Keep"
                        else "连续三批电镀层脱落"
                        if outcome == "Suspend"
                        else "毛边偏多",
                    }
                )
                doc.insert()
            doc = take_action(doc, "Submit for Approval", "Purchaser")
            take_action(doc, "Approve", "Purchasing Manager")
        frappe.db.commit()


def attachment(item: str, is_drawing: bool) -> str:
    """Return the address of a file that stands for the item's drawing or its confirmed sample."""
    kind = "drawing" if is_drawing else "sample-confirmation"
    file = frappe.get_doc(
        {
            "doctype": "File",
            "file_name": f"{kind}-{item}.pdf",
            "is_private": 1,
            "content": one_page_pdf(
                f"{kind.replace('-', ' ').title()} {item} - signed {login_of('Engineer')}"
            ),
        }
    )
    return file.insert().file_url


def one_page_pdf(text: str) -> bytes:
    """Return a PDF with one page that shows `text` (ASCII)."""
    shown = text.replace("\\", "").replace("(", "").replace(")", "").encode("ascii", "replace")
    stream = b"BT /F1 14 Tf 60 780 Td (" + shown + b") Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(parts) + 1, table, len(parts) + 1, len(out))
    )
