"""The forms of purchasing that are handed out with a copy number, and the states in which they are (rulebook 6, 7)."""

from __future__ import annotations

from erp_rules.clauses.chapter_4_2 import State
from erp_rules.clauses.chapter_4_3 import OrderState
from erp_rules.clauses.chapter_4_5 import ChangeState
from erp_rules.clauses.chapter_4_6 import ReceiptState
from erp_rules.clauses.chapter_4_7 import ReturnState
from erp_rules.rule_engine.printing import Form

COUNTED = (ReceiptState.COUNTED, ReceiptState.INSPECTED, ReceiptState.POSTED, ReceiptState.PUT_AWAY)

PRICE_APPROVAL = (
    Form(
        "Price Approval Form",
        "4.2.7",
        (State.FINANCE_REVIEW, State.EXECUTIVE_APPROVAL, State.APPROVED, State.POSTED),
    ),
)
PURCHASE_ORDER = (
    Form(
        "Purchase Order Form",
        "4.4.2",
        (
            OrderState.APPROVED,
            OrderState.ISSUED,
            OrderState.PARTLY_RECEIVED,
            OrderState.RECEIVED,
            OrderState.CLOSED,
        ),
    ),
)
PURCHASE_CHANGE_ORDER = (
    Form("Purchase Change Order Form", "4.5.4", (ChangeState.APPROVED, ChangeState.EXECUTED)),
)
PURCHASE_RECEIPT = (
    Form("Purchase Receipt Form", "4.6.2", COUNTED),
    Form("Inspection Card", "4.6.3", COUNTED),
)
PURCHASE_RETURN = (
    Form(
        "Purchase Return Form",
        "4.7.1.1",
        (ReturnState.APPROVED, ReturnState.HANDED_OVER, ReturnState.POSTED),
    ),
)
