"""The form of the masters that is handed out with a copy number, and the states in which it is (rulebook 6, 7)."""

from __future__ import annotations

from erp_rules.clauses.chapter_7 import ItemChangeState
from erp_rules.rule_engine.printing import Form

ITEM_CHANGE_REQUEST = (
    Form(
        "Item Change Form",
        "7.5",
        (ItemChangeState.ENGINEER, ItemChangeState.COST_ACCOUNTANT, ItemChangeState.APPLIED),
    ),
)
