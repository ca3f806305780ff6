"""Chapter 4.1: suppliers are surveyed, approved, listed, coached and evaluated."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from erp_rules.clauses.base import (
    DELETE,
    LEAVING_DRAFT,
    SAVE,
    Kind,
    Parameter,
    ParameterType,
    StrEnum,
    Violation,
    _,
    check,
    declare,
    entering,
    signatures,
)


class SupplierStatus(StrEnum):
    """Where a supplier stands; only an approved survey or evaluation changes it."""

    PROSPECTIVE = "Prospective"
    APPROVED = "Approved"
    SUSPENDED = "Suspended"
    ELIMINATED = "Eliminated"


class SurveyState(StrEnum):
    """The states of a supplier survey."""

    DRAFT = "Draft"
    TECHNICAL_REVIEW = "Technical Review"
    QUALITY_REVIEW = "Quality Review"
    APPROVAL = "Approval"
    APPROVED = "Approved"
    REJECTED = "Rejected"


class EvaluationState(StrEnum):
    """The states of a supplier evaluation."""

    DRAFT = "Draft"
    APPROVAL = "Approval"
    APPROVED = "Approved"


class SurveyKind(StrEnum):
    """Why a supplier is surveyed."""

    NEW_SUPPLIER = "New Supplier"
    NEW_PART = "New Part"
    RE_APPROVAL = "Re-approval"


class Outcome(StrEnum):
    """What an evaluation decides."""

    KEEP = "Keep"
    COACH = "Coach"
    SUSPEND = "Suspend"
    ELIMINATE = "Eliminate"


class FiguresBasis(StrEnum):
    """What the figures of an evaluation were computed from."""

    RECEIPTS = "Receipts"
    NONE = "No Receipts in the Period"


class PartResult(StrEnum):
    """What technical or quality found about a part."""

    PENDING = "Pending"
    PASS = "Pass"
    FAIL = "Fail"


class VisitStatus(StrEnum):
    """Where a coaching visit stands."""

    PLANNED = "Planned"
    DONE = "Done"
    CANCELLED = "Cancelled"


STATUS_OF_OUTCOME = {
    Outcome.SUSPEND: SupplierStatus.SUSPENDED,
    Outcome.ELIMINATE: SupplierStatus.ELIMINATED,
}
STOPPED = (SupplierStatus.SUSPENDED, SupplierStatus.ELIMINATED)
# Fields that must be filled before approval, by their label on the supplier.
REQUIRED_DATA = (
    ("supplier_code", _("Supplier Code")),
    ("supplier_name", _("Supplier Name")),
    ("address", _("Address")),
    ("contacts", _("Contacts")),
    ("currency", _("Currency")),
)

declare(
    "4.1.1.2",
    title="Approval of suppliers",
    title_zh="供应商核准",
    summary="A supplier becomes approved only through an approved supplier survey that technical and quality "
    "have both signed. New parts need their part confirmation.",
    summary_zh="供应商须经技术与品管共同签核的厂商调查表核准后方为合格；新零件须有零件确认。",
    kinds=(Kind.BLOCK, Kind.AUTO),
    applies_to=("Supplier", "Supplier Survey", "Supplier Status Change"),
)
declare(
    "4.1.1.3",
    title="Approved supplier list",
    title_zh="合格供应商名录",
    summary="Inspection works from the list of approved suppliers, which can be shown as of any date; a change "
    "notifies every quality inspector.",
    summary_zh="品管依合格供应商名录检验，名录可按任一日期查询；名录变动时通知所有品管。",
    kinds=(Kind.AUTO,),
    applies_to=("Supplier Status Change", "Purchase Receipt"),
)
declare(
    "4.1.1.4",
    title="Supplier data",
    title_zh="供应商资料",
    summary="Code, address, name, contact and currency are filled before a supplier is approved and stay filled. "
    "One company under two codes is entered as the same.",
    summary_zh="核准前须填写供应商代码、地址、名称、联系人及币别，核准后不得清空；同一公司多个代码须注明。",
    kinds=(Kind.RECORD, Kind.BLOCK, Kind.WARN),
    applies_to=("Supplier", "Supplier Survey"),
)
declare(
    "4.1.2.1",
    title="Coaching of suppliers",
    title_zh="供应商辅导",
    summary="Poor quality results plan a coaching visit, whose findings are kept.",
    summary_zh="品质不佳的供应商安排辅导，并保存辅导记录。",
    kinds=(Kind.RECORD, Kind.AUTO),
    applies_to=("Supplier Evaluation", "Supplier Visit"),
    parameters=(
        Parameter(
            "visit_quality_pct",
            Decimal("95"),
            "%",
            ParameterType.DECIMAL,
            _("Quality below which a visit is planned"),
            minimum=0,
            maximum=100,
        ),
        Parameter(
            "visit_within_days", 30, "days", ParameterType.INT, _("Days until the planned visit"), minimum=0
        ),
    ),
)
declare(
    "4.1.2.2",
    title="Evaluation of suppliers",
    title_zh="供应商评估",
    summary="Suppliers are evaluated once per period. Suspended and eliminated suppliers get no new prices or "
    "orders; history is kept and open orders may finish.",
    summary_zh="供应商按期评估；暂停或淘汰的供应商不得再核价、下单，历史保留，未结订单可完成。",
    kinds=(Kind.ROUTE, Kind.BLOCK, Kind.AUTO),
    applies_to=("Supplier Evaluation", "Price Approval"),
)


signatures(
    "Supplier Survey",
    ("technical_signed", SurveyState.QUALITY_REVIEW, SurveyState.TECHNICAL_REVIEW),
    ("quality_signed", SurveyState.APPROVAL, SurveyState.QUALITY_REVIEW),
    clear_on=SurveyState.DRAFT,
)
signatures(
    "Supplier Survey",
    ("approved", SurveyState.APPROVED, SurveyState.APPROVAL),
)
signatures(
    "Supplier Evaluation",
    ("approved", EvaluationState.APPROVED, EvaluationState.APPROVAL),
)


@dataclass(frozen=True)
class SupplierData:
    """A supplier's data as of this save; `missing` names the fields of `REQUIRED_DATA` that are empty."""

    code: str
    missing: tuple[str, ...] = ()
    status: str = SupplierStatus.PROSPECTIVE
    approved_on: datetime.date | None = None
    status_on_record: str = SupplierStatus.PROSPECTIVE
    approved_on_record: datetime.date | None = None
    same_as: str | None = None
    main_code_of_same_as: str | None = None
    is_main_code: bool = False
    twins: tuple[str, ...] = ()


def missing_data(values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of the fields of `REQUIRED_DATA` that are empty in `values` (4.1.1.4)."""
    return tuple(
        fieldname
        for fieldname, _label in REQUIRED_DATA
        if not values.get(fieldname) or not str(values[fieldname]).strip()
    )


def _missing_labels(missing: Iterable[str]) -> Iterator[tuple[str, str]]:
    labels = dict(REQUIRED_DATA)
    return ((fieldname, labels[fieldname]) for fieldname in missing)


@check("4.1.1.2", doctype="Supplier", when=SAVE)
def supplier_status_is_on_record(facts: SupplierData, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when status or approval date differ from what surveys and evaluations decided (4.1.1.2)."""
    if facts.status != facts.status_on_record:
        yield Violation(
            _(
                "the status cannot be set to {0}: surveys and evaluations say {1}. Have a supplier survey "
                "or evaluation approved"
            ),
            (facts.status or "", facts.status_on_record),
            fieldname="status",
        )
    if facts.approved_on != facts.approved_on_record:
        yield Violation(
            _("the date of approval is kept by the approved survey: {0}"),
            (facts.approved_on_record or "-",),
            fieldname="approved_on",
        )


@check("4.1.1.4", doctype="Supplier", when=SAVE)
def approved_supplier_is_complete(facts: SupplierData, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield one violation for each mandatory field that an approved supplier lacks (4.1.1.4)."""
    if facts.status_on_record != SupplierStatus.APPROVED:
        return
    for fieldname, label in _missing_labels(facts.missing):
        yield Violation(
            _("an approved supplier must keep its {0}; fill it in"), (label,), fieldname=fieldname
        )


@check("4.1.1.4", doctype="Supplier", when=SAVE)
def same_supplier_points_to_main_code(facts: SupplierData, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when `same_as` is not the main code of another supplier (4.1.1.4)."""
    if not facts.same_as:
        return
    if facts.same_as == facts.code:
        yield Violation(_("a supplier cannot be the same as itself; leave it empty"), fieldname="same_as")
    elif facts.main_code_of_same_as:
        yield Violation(
            _("{0} is itself kept as {1}; enter {1}"),
            (facts.same_as, facts.main_code_of_same_as),
            fieldname="same_as",
        )
    elif facts.is_main_code:
        yield Violation(
            _(
                "other codes are the same as {0}, so it stays the main code; enter {0} on supplier {1} instead"
            ),
            (facts.code, facts.same_as),
            fieldname="same_as",
        )


@check("4.1.1.4", doctype="Supplier", when=SAVE, severity=Kind.WARN)
def same_company_under_two_codes(facts: SupplierData, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a warning that names the other codes with the same name or tax number (4.1.1.4)."""
    if facts.twins:
        yield Violation(
            _("name or tax number is also that of {0}; if it is the same company, enter its main code"),
            (", ".join(facts.twins),),
            fieldname="same_as",
        )


@dataclass(frozen=True)
class StatusChange:
    """A row of the supplier's history with the document it says it comes from."""

    is_new: bool
    supplier: str | None
    status: str | None
    source_supplier: str | None
    source_is_approved: bool
    source_status: str | None


@check("4.1.1.2", doctype="Supplier Status Change", when=SAVE)
def status_change_has_its_source(facts: StatusChange, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when the history is edited, or a row lacks the approved document that decided it (4.1.1.2)."""
    if not facts.is_new:
        yield Violation(_("the history of a supplier's status cannot be edited"))
    elif not facts.source_is_approved or facts.source_supplier != facts.supplier:
        yield Violation(
            _(
                "no approved survey or evaluation of supplier {0} is named; the history is written by approving one"
            ),
            (facts.supplier or "",),
            fieldname="source_name",
        )
    elif facts.source_status != facts.status:
        yield Violation(
            _("the document named decides {0}, not {1}"),
            (facts.source_status or "-", facts.status or ""),
            fieldname="status",
        )


@check("4.1.1.2", doctype="Supplier Status Change", when=DELETE)
def status_change_stays(facts: StatusChange, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation: the history of a supplier's status is never deleted (4.1.1.2)."""
    yield Violation(_("the history of a supplier's status cannot be deleted"))


@dataclass(frozen=True)
class PartConfirmation:
    """What technical and quality found about one part; `row` is 1-based."""

    row: int
    item: str
    technical_result: str = PartResult.PENDING
    quality_result: str = PartResult.PENDING


@dataclass(frozen=True)
class ScoreLine:
    """One scored criterion; `row` is 1-based."""

    row: int
    max_score: Decimal
    score: Decimal


@dataclass(frozen=True)
class Survey:
    """A supplier survey with the supplier's data as stored."""

    supplier: str | None
    kind: str
    supplier_status: str = SupplierStatus.PROSPECTIVE
    supplier_missing: tuple[str, ...] = ()
    technical_signed_by: str | None = None
    quality_signed_by: str | None = None
    parts: tuple[PartConfirmation, ...] = ()
    scores: tuple[ScoreLine, ...] = ()


def total_score_pct(lines: Iterable[ScoreLine]) -> Decimal:
    """Return the points reached of all points in percent, to one decimal; 0 without points."""
    lines = list(lines)
    full = sum((line.max_score for line in lines), Decimal(0))
    reached = sum((line.score for line in lines), Decimal(0))
    return (reached * 100 / full).quantize(Decimal("0.1")) if full > 0 else Decimal("0.0")


@check("4.1.1.2", doctype="Supplier Survey", when=SAVE)
def scores_are_within_full_score(facts: Survey, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each score above its full score; equal passes (4.1.1.2)."""
    for line in facts.scores:
        if line.score > line.max_score:
            yield Violation(
                _("score {0} is above the full score {1}"),
                (line.score, line.max_score),
                table="scores",
                row=line.row,
                fieldname="score",
            )


@check("4.1.1.2", doctype="Supplier Survey", when=SAVE)
def each_part_once(facts: Survey, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each part that an earlier row names already (4.1.1.2)."""
    first_rows: dict[str, int] = {}
    for part in facts.parts:
        first = first_rows.setdefault(part.item, part.row)
        if first != part.row:
            yield Violation(
                _("item {0} is already in row {1}; keep one of them"),
                (part.item, first),
                table="part_confirmations",
                row=part.row,
                fieldname="item",
            )


@check("4.1.1.2", doctype="Supplier Survey", when=LEAVING_DRAFT)
def new_part_survey_names_parts(facts: Survey, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when a survey for new parts names none, or its supplier is not approved (4.1.1.2)."""
    if facts.kind != SurveyKind.NEW_PART:
        return
    if not facts.parts:
        yield Violation(
            _("a survey for new parts names at least one part; add it"), fieldname="part_confirmations"
        )
    if facts.supplier_status != SupplierStatus.APPROVED:
        yield Violation(
            _(
                "supplier {0} is {1}: new parts are confirmed for approved suppliers; choose another survey kind"
            ),
            (facts.supplier or "", facts.supplier_status),
            fieldname="survey_kind",
        )


@check("4.1.1.2", doctype="Supplier Survey", when=entering(SurveyState.APPROVED))
def survey_is_signed_by_both(facts: Survey, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation for each missing signature, and when one person gave both (4.1.1.2)."""
    if not facts.technical_signed_by:
        yield Violation(
            _("technical has not signed; an engineer passes the survey first"),
            fieldname="technical_signed_by",
        )
    if not facts.quality_signed_by:
        yield Violation(
            _("quality has not signed; a quality inspector passes the survey first"),
            fieldname="quality_signed_by",
        )
    elif facts.technical_signed_by == facts.quality_signed_by:
        yield Violation(
            _("{0} signed for technical and for quality; two persons must sign"),
            (facts.quality_signed_by,),
            fieldname="quality_signed_by",
        )


@check("4.1.1.2", doctype="Supplier Survey", when=entering(SurveyState.APPROVED))
def parts_are_confirmed(facts: Survey, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield for each part the results of technical and quality that are not Pass (4.1.1.2)."""
    for part in facts.parts:
        for fieldname, result in (
            ("technical_result", part.technical_result),
            ("quality_result", part.quality_result),
        ):
            if result != PartResult.PASS:
                yield Violation(
                    _(
                        "the confirmation of item {0} is {1}, not Pass; reject the survey to have it confirmed"
                    ),
                    (part.item, result or PartResult.PENDING),
                    table="part_confirmations",
                    row=part.row,
                    fieldname=fieldname,
                )


@check("4.1.1.4", doctype="Supplier Survey", when=entering(SurveyState.APPROVED))
def surveyed_supplier_is_complete(facts: Survey, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield one violation for each mandatory field that the supplier lacks (4.1.1.4)."""
    for _fieldname, label in _missing_labels(facts.supplier_missing):
        yield Violation(
            _("supplier {0} has no {1}; fill it in on the supplier"),
            (facts.supplier or "", label),
            fieldname="supplier",
        )


@dataclass(frozen=True)
class Evaluation:
    """A supplier evaluation, and the other evaluations of its supplier that its period meets."""

    supplier: str | None
    supplier_status: str = SupplierStatus.APPROVED
    period_from: datetime.date | None = None
    period_to: datetime.date | None = None
    figures: tuple[tuple[str, str, Decimal], ...] = ()
    outcome: str | None = None
    remarks: str | None = None
    overlapping: tuple[str, ...] = ()


@check("4.1.2.2", doctype="Supplier Evaluation", when=SAVE)
def evaluation_figures_are_possible(facts: Evaluation, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a reversed period and each figure outside 0 to 100 percent; the ends pass (4.1.2.2)."""
    if facts.period_from and facts.period_to and facts.period_from > facts.period_to:
        yield Violation(
            _("the period ends on {0}, before it begins on {1}"),
            (facts.period_to, facts.period_from),
            fieldname="period_to",
        )
    for fieldname, label, value in facts.figures:
        if not 0 <= value <= 100:
            yield Violation(_("{0} is {1}; allowed is 0 to 100"), (label, value), fieldname=fieldname)


@check("4.1.2.2", doctype="Supplier Evaluation", when=LEAVING_DRAFT)
def evaluation_is_decided(facts: Evaluation, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing outcome, and a missing reason for stopping a supplier (4.1.2.2)."""
    if not facts.outcome:
        yield Violation(_("the outcome is missing; choose one"), fieldname="outcome")
    elif facts.outcome in STATUS_OF_OUTCOME and not (facts.remarks or "").strip():
        yield Violation(
            _("outcome {0} needs its reason; enter it as remarks"), (facts.outcome,), fieldname="remarks"
        )


@check("4.1.2.2", doctype="Supplier Evaluation", when=LEAVING_DRAFT)
def evaluation_is_of_a_supplier_in_use(facts: Evaluation, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when the supplier was never approved, or is eliminated already (4.1.2.2)."""
    if facts.supplier_status not in (SupplierStatus.APPROVED, SupplierStatus.SUSPENDED):
        yield Violation(
            _("supplier {0} is {1}; only approved or suspended suppliers are evaluated"),
            (facts.supplier or "", facts.supplier_status),
            fieldname="supplier",
        )


@check("4.1.2.2", doctype="Supplier Evaluation", when=LEAVING_DRAFT)
def one_evaluation_per_period(facts: Evaluation, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when the supplier has another evaluation on a day of this period (4.1.2.2)."""
    if facts.overlapping:
        yield Violation(
            _("supplier {0} is already evaluated for days of this period: {1}; choose another period"),
            (facts.supplier or "", ", ".join(facts.overlapping)),
            fieldname="period_from",
        )


@dataclass(frozen=True)
class Deliveries:
    """What the posted receipts of a period say of a supplier.

    `rows` are receipt rows; of them those whose order row had promised a day were counted on or before it
    (`on_time_rows`) or after it (`late_rows`).
    """

    rows: int = 0
    receipts: int = 0
    accepted_qty: Decimal = Decimal(0)
    rejected_qty: Decimal = Decimal(0)
    on_time_rows: int = 0
    late_rows: int = 0

    @property
    def quality_pct(self) -> Decimal | None:
        """Return what was accepted of all that was inspected in percent, to two decimals; None without any."""
        return _share(self.accepted_qty, self.accepted_qty + self.rejected_qty)

    @property
    def on_time_pct(self) -> Decimal | None:
        """Return the rows that came on time in percent of those with a promised day; None without any."""
        return _share(Decimal(self.on_time_rows), Decimal(self.on_time_rows + self.late_rows))


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole > 0 else None


def needs_visit(outcome: str | None, quality_pct: Decimal | None, p: Mapping[str, object]) -> bool:
    """Return whether a coaching visit is planned: outcome Coach, or quality below the limit; equal passes (4.1.2.1).

    A supplier that stays listed is coached; one that is stopped is not. No figure is no poor result.
    """
    if outcome in STATUS_OF_OUTCOME:
        return False
    poor = quality_pct is not None and quality_pct < Decimal(str(p["visit_quality_pct"]))
    return outcome == Outcome.COACH or poor


@dataclass(frozen=True)
class Visit:
    """A coaching visit on the day of this save."""

    status: str
    visited_on: datetime.date | None
    visited_by: str | None
    findings: str | None
    today: datetime.date


@check("4.1.2.1", doctype="Supplier Visit", when=SAVE)
def done_visit_is_recorded(facts: Visit, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield what a visit that is done lacks: its day, not in the future, its visitor and findings (4.1.2.1)."""
    if facts.visited_on and facts.visited_on > facts.today:
        yield Violation(
            _("the visit's date {0} is after today, {1}"),
            (facts.visited_on, facts.today),
            fieldname="visited_on",
        )
    if facts.status != VisitStatus.DONE:
        return
    for fieldname, label, value in (
        ("visited_on", _("Visited On"), facts.visited_on),
        ("visited_by", _("Visited By"), facts.visited_by),
        ("findings", _("Findings"), (facts.findings or "").strip()),
    ):
        if not value:
            yield Violation(_("a visit that is done has its {0}; fill it in"), (label,), fieldname=fieldname)


@dataclass(frozen=True)
class StatusOfRow:
    """A supplier named in a row and where it stands; `row` is 1-based."""

    row: int
    supplier: str
    supplier_status: str


def stopped_suppliers(rows: Iterable[StatusOfRow], table: str) -> Iterator[Violation]:
    """Yield each row whose supplier is suspended or eliminated; for every document that commits anew (4.1.2.2)."""
    for row in rows:
        if row.supplier_status in STOPPED:
            yield Violation(
                _("supplier {0} is {1} and gets no new prices or orders; choose another supplier"),
                (row.supplier, row.supplier_status),
                table=table,
                row=row.row,
                fieldname="supplier",
            )
