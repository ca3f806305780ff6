"""What an approved survey or evaluation does: the supplier's status, and coaching visits."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, cint, flt, nowdate

from erp_rules.clauses import chapter_4_1
from erp_rules.clauses.chapter_4_1 import EvaluationState, SupplierStatus, SurveyState
from erp_rules.clauses.chapter_7 import SampleStatus
from erp_rules.masters.effects import set_supplier_status
from erp_rules.masters.facts import decimal
from erp_rules.rule_engine.effects import effect, system_write


@effect("4.1.1.2", entering=SurveyState.APPROVED)
def approve_supplier(doc, context):
    """Put the surveyed supplier on the approved list (4.1.1.2)."""
    set_supplier_status(doc, SupplierStatus.APPROVED, "4.1.1.2", context.actor, doc.conclusion)


@effect("4.1.1.2", entering=SurveyState.APPROVED)
def confirm_parts(doc, context):
    """Confirm the samples of the parts that technical and quality both passed in a survey (4.1.1.2)."""
    codes = [row.item for row in doc.part_confirmations]
    if not codes:
        return
    pending = frappe.get_all(
        "Item",
        filters={"name": ["in", codes], "sample_status": SampleStatus.PENDING},
        pluck="name",
        order_by="name",
    )
    with system_write("4.1.1.2"):
        for code in pending:
            item = frappe.get_doc("Item", code, for_update=True)
            item.sample_status = str(SampleStatus.CONFIRMED)
            item.save(ignore_permissions=True)


@effect("4.1.2.2", entering=EvaluationState.APPROVED)
def carry_out_evaluation(doc, context):
    """Suspend or eliminate the supplier when the evaluation decided so (4.1.2.2)."""
    status = chapter_4_1.STATUS_OF_OUTCOME.get(doc.outcome)
    if status:
        set_supplier_status(doc, status, "4.1.2.2", context.actor, doc.remarks)


@effect("4.1.2.1", entering=EvaluationState.APPROVED)
def plan_visit(doc, context):
    """Plan a coaching visit after an evaluation with poor quality (4.1.2.1)."""
    parameters = context.parameters("4.1.2.1")
    is_measured = flt(doc.accepted_qty) or flt(doc.rejected_qty)
    quality = decimal(doc.quality_pct) if is_measured else None
    if not chapter_4_1.needs_visit(doc.outcome, quality, parameters):
        return
    visit = frappe.new_doc("Supplier Visit")
    visit.update(
        {
            "supplier": doc.supplier,
            "supplier_evaluation": doc.name,
            "planned_on": add_days(nowdate(), cint(parameters["visit_within_days"])),
            "reason": doc.remarks,
        }
    )
    with system_write("4.1.2.1"):
        visit.insert(ignore_permissions=True)
