"""Clause → code → tests → enforcement → events of the last 30 days (2.13)."""

import frappe
from frappe import _
from frappe.utils import add_days, now_datetime

from erp_rules.rule_engine import traceability

DAYS = 30
OUTCOMES = ("Blocked", "Warned", "Waived")


def execute(filters=None):
    """Return columns and one row a clause, in the regulation's order."""
    is_chinese = (frappe.local.lang or "").startswith("zh")
    traced = traceability.stored()
    counted = _events()
    rules = frappe.get_all(
        "Rule",
        fields=["name", "title", "title_zh", "kind", "enforcement", "waivable"],
        filters=_chapter(filters),
    )
    rules.sort(key=lambda rule: traceability.order(rule.name))
    data = []
    for rule in rules:
        found = traced.get(rule.name, {"code": [], "tests": []})
        data.append(
            {
                "clause": rule.name,
                "title": rule.title_zh if is_chinese else rule.title,
                "kind": ", ".join(_(kind) for kind in (rule.kind or "").split(", ")),
                "enforcement": _(rule.enforcement),
                "waivable": rule.waivable,
                "code": ", ".join(found["code"]),
                "tests": len(found["tests"]),
                "test_names": ", ".join(found["tests"]),
                **{outcome.lower(): counted.get((rule.name, outcome), 0) for outcome in OUTCOMES},
            }
        )
    return _columns(), data


def _chapter(filters) -> dict:
    chapter = (filters or {}).get("chapter")
    return {"chapter": chapter} if chapter else {}


def _events() -> dict[tuple[str, str], int]:
    rows = frappe.get_all(
        "Rule Event",
        filters={"event_time": [">=", add_days(now_datetime(), -DAYS)]},
        fields=["clause", "outcome", "count(name) as times"],
        group_by="clause, outcome",
    )
    return {(row.clause, row.outcome): row.times for row in rows}


def _columns() -> list[dict]:
    def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, **more) -> dict:
        return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

    return [
        column("clause", _("Clause"), "Link", 90, options="Rule"),
        column("title", _("Title"), width=260),
        column("kind", _("Kind")),
        column("enforcement", _("Enforcement"), width=100),
        column("waivable", _("Waivable"), "Check", 80),
        column("blocked", _("Blocked"), "Int", 80),
        column("warned", _("Warned"), "Int", 80),
        column("waived", _("Waived"), "Int", 80),
        column("tests", _("Tests"), "Int", 70),
        column("code", _("Code"), width=380),
        column("test_names", _("Names of Tests"), width=380),
    ]
