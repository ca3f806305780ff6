"""The forms of purchasing that are handed out with a copy number, and the states in which they are (rulebook 6, 7)."""

from __future__ import annotations

from erp_rules.clauses.chapter_4_1 import SurveyState
from erp_rules.clauses.chapter_4_2 import State
from erp_rules.clauses.chapter_4_3 import OrderState
from erp_rules.clauses.chapter_4_5 import ChangeState, EngineeringState
from erp_rules.clauses.chapter_4_6 import ReceiptState
from erp_rules.clauses.chapter_4_7 import ReturnState
from erp_rules.clauses.chapter_7_imports import ContainerState, SettlementState
from erp_rules.rule_engine.printing import Form

UNLOADED = (ContainerState.UNLOADED, ContainerState.ACCEPTED, ContainerState.CLOSED)
SHIPPED = (ContainerState.SHIPPED, ContainerState.ARRIVED, *UNLOADED)
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
ENGINEERING_CHANGE_NOTICE = (Form("Engineering Change Notice Form", "4.5.1.2", (EngineeringState.APPROVED,)),)
FOREIGN_EXCHANGE_SETTLEMENT = (
    Form(
        "Foreign Exchange Settlement Form",
        "7.13",
        (SettlementState.FINANCE_REVIEW, SettlementState.APPROVED, SettlementState.SETTLED),
    ),
)
IMPORT_CONTAINER = (
    Form("Import Container Form", "7.14", SHIPPED),
    Form("Packing List", "7.15", SHIPPED),
    Form("Transport Quality Feedback Form", "7.18", UNLOADED),
)
SUPPLIER_SURVEY = (
    Form(
        "Supplier Survey Form",
        "4.1.1.2",
        (
            SurveyState.TECHNICAL_REVIEW,
            SurveyState.QUALITY_REVIEW,
            SurveyState.APPROVAL,
            SurveyState.APPROVED,
        ),
    ),
)
