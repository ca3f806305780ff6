"""Chapter 2: the rule engine's own clauses, judged like every other clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from erp_rules.clauses.base import (
    DELETE,
    LEAVING_DRAFT,
    Clause,
    Enforcement,
    Kind,
    Parameter,
    ParameterType,
    StrEnum,
    Violation,
    _,
    check,
    declare,
    signature,
)


class WaiverState(StrEnum):
    """The states of a `Rule Waiver`; the last two are entered by the app only (2.5)."""

    DRAFT = "Draft"
    EXECUTIVE_APPROVAL = "Executive Approval"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    EXPIRED = "Expired"
    USED_UP = "Used Up"


class DeadlineStatus(StrEnum):
    """What became of a time limit (2.6)."""

    OPEN = "Open"
    MET = "Met"
    OVERDUE = "Overdue"
    MISSED = "Missed"


declare(
    "2.1",
    title="Rules are changed by the Rule Administrator",
    title_zh="制度由制度管理员修改",
    summary="Only a Rule Administrator changes a rule, only its enforcement and parameters, and a fixed "
    "clause stays as it is. Rules are neither added nor deleted by hand.",
    summary_zh="仅制度管理员可修改制度，且仅限执行方式与参数；固定条款不可更改。制度不得手工增删。",
    kinds=[Kind.BLOCK],
    applies_to=["Rule"],
    fixed=True,
)
declare(
    "2.2",
    title="Parameters have their type",
    title_zh="参数须符合类型",
    summary="Every parameter value is of its declared type and range, known by its key, and given once per date.",
    summary_zh="每个参数值须符合其类型与范围，键已声明，且同一日期只有一个值。",
    kinds=[Kind.BLOCK],
    applies_to=["Rule"],
    fixed=True,
)
declare(
    "2.3",
    title="Every outcome is kept",
    title_zh="执行结果须留痕",
    summary="Each block, warning and waiver is kept with clause, document, user, message and time, also when "
    "the attempt was refused. Nobody alters or deletes these events.",
    summary_zh="每次拦截、警告与特批均记录条款、单据、用户、信息与时间，被拒绝者亦然；记录不可更改或删除。",
    kinds=[Kind.RECORD, Kind.BLOCK],
    applies_to=["Rule Event"],
    fixed=True,
)
declare(
    "2.4",
    title="Waivers name a waivable clause, a scope and a term",
    title_zh="特批须注明可特批条款、范围与期限",
    summary="A waiver names one waivable clause, one document or one item and supplier, a reason, evidence and "
    "how long and how often it holds. Only the Top Executive approves it.",
    summary_zh="特批单须注明一项可特批条款、一张单据或一组料号与供应商、理由、凭据、有效期及次数；仅公司最高主管可批准。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    applies_to=["Rule Waiver"],
    fixed=True,
)
declare(
    "2.5",
    title="Waivers end by themselves",
    title_zh="特批自动失效",
    summary="An approved waiver is used up when its uses are spent and expires after its last day.",
    summary_zh="已批准的特批单在次数用尽后为已用完，过有效期后为已过期。",
    kinds=[Kind.AUTO],
    applies_to=["Rule Waiver"],
    fixed=True,
)
declare(
    "2.6",
    title="Time limits are opened, closed and escalated",
    title_zh="时限的起算、完成与升级",
    summary="A time limit opens and closes with its document's states; past due it is overdue and the role is "
    "told, and after a further time its manager.",
    summary_zh="时限随单据状态起算与完成；逾期即通知责任角色，再逾期则升级至其主管。",
    kinds=[Kind.AUTO, Kind.TIME],
    applies_to=["Deadline"],
    parameters=[
        Parameter("escalate_after_hours", 4, "hours", label=_("Escalate after"), minimum=0),
        Parameter(
            "count",
            "working",
            "",
            ParameterType.TEXT,
            _("Working or clock time"),
            choices=("working", "clock"),
        ),
    ],
)
declare(
    "2.7",
    title="A document keeps the values it was judged by",
    title_zh="单据沿用其判定时的参数",
    summary="Parameters are effective from a date; a document keeps those of the day on which it first left "
    "its draft.",
    summary_zh="参数按日期生效；单据沿用其首次离开草稿当日的参数。",
    kinds=[Kind.RECORD, Kind.BLOCK],
    fixed=True,
)
declare(
    "2.8",
    title="Delegation",
    title_zh="代理",
    summary="A user passes own roles to another for a limited time and reason; actions show on whose behalf "
    "they were done. What has begun is only ended, not rewritten.",
    summary_zh="使用者可在限定时间内以书面理由将自身角色委托他人；动作须显示代理关系。已开始的代理只能提前结束，不得改写。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    applies_to=["Delegation"],
    fixed=True,
)
declare(
    "2.9",
    title="History cannot be altered",
    title_zh="历史不可更改",
    summary="Versions, comments, events, approval steps and snapshots of records are neither changed nor "
    "deleted by any role.",
    summary_zh="版本、评论、执行记录、签核记录与快照，任何角色不得更改或删除。",
    kinds=[Kind.BLOCK, Kind.RECORD],
    fixed=True,
)
declare(
    "2.10",
    title="First values and deleted drafts are kept",
    title_zh="保留首次录入值与已删草稿",
    summary="The values of a record's first entry are kept, and a deleted draft with its whole history.",
    summary_zh="保留单据首次录入的值，以及被删除草稿的全部历史。",
    kinds=[Kind.AUTO, Kind.RECORD],
    fixed=True,
)
declare(
    "2.11",
    title="Working calendars are consistent",
    title_zh="工作日历须自洽",
    summary="A calendar has a working day and shifts that do not overlap; each date is given once.",
    summary_zh="工作日历须至少有一个工作日，班次不得重叠，同一日期只列一次。",
    kinds=[Kind.BLOCK],
    applies_to=["Working Calendar"],
    fixed=True,
)
declare(
    "2.12",
    title="What cannot be judged is refused",
    title_zh="无法判定即拒绝",
    summary="When a clause cannot be judged, because its code, its facts or a parameter fail, the action is "
    "refused.",
    summary_zh="条款因程序、数据或参数异常而无法判定时，动作被拒绝。",
    kinds=[Kind.BLOCK],
    fixed=True,
)
declare(
    "2.13",
    title="Every clause has code and tests",
    title_zh="每一条款均有程序与测试",
    summary="For each clause a page shows the code that carries it out, the tests that prove it, how strictly "
    "it is enforced and what it did in the last 30 days.",
    summary_zh="每一条款均可查其执行程序、证明测试、执行方式及最近三十天的执行记录。",
    kinds=[Kind.RECORD],
    fixed=True,
)


@dataclass(frozen=True)
class ParameterRow:
    """One row of a rule's parameters, as typed."""

    idx: int
    key: str
    value: object
    valid_from: date | None


@dataclass(frozen=True)
class RuleFacts:
    """A rule, what it was before (None when new) and what its clause declares (None when unknown)."""

    clause: Clause | None
    is_new: bool
    is_seeding: bool
    user_is_administrator: bool
    enforcement: str
    enforcement_before: str | None
    seeded_fields_changed: tuple[str, ...]
    parameters: tuple[ParameterRow, ...]


@check("2.1", doctype="Rule")
def rule_is_changed_properly(rule: RuleFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation unless a Rule Administrator changes only enforcement or parameters (2.1)."""
    if rule.is_seeding:
        return
    if rule.is_new:
        yield Violation(_("Rules come with the regulation and cannot be added by hand."))
        return
    if not rule.user_is_administrator:
        yield Violation(_("Only a Rule Administrator changes a rule; ask one."))
    for label in rule.seeded_fields_changed:
        yield Violation(_("{0} comes with the regulation and cannot be changed."), (label,))
    if rule.clause and rule.clause.fixed and rule.enforcement != rule.clause.default_enforcement:
        yield Violation(
            _("This clause is fixed; its enforcement stays {0}."),
            (rule.clause.default_enforcement,),
            fieldname="enforcement",
        )
    if rule.enforcement not in tuple(str(e) for e in Enforcement):
        yield Violation(
            _("Enforcement {0} is unknown; it is Block, Warn or Off."),
            (rule.enforcement,),
            fieldname="enforcement",
        )


@check("2.1", doctype="Rule", when=DELETE)
def rule_is_not_deleted(rule: RuleFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when anybody deletes a rule (2.1)."""
    if not rule.is_seeding:
        yield Violation(_("Rules come with the regulation and cannot be deleted; turn it off instead."))


@check("2.2", doctype="Rule")
def parameters_have_their_type(rule: RuleFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation for each parameter row of an unknown key, a wrong value or a repeated date (2.2)."""
    if rule.clause is None:
        return
    seen: set[tuple[str, date | None]] = set()
    for row in rule.parameters:
        declared = rule.clause.parameter(row.key)
        if declared is None:
            yield Violation(
                _("{0} is not a parameter of this clause."), (row.key,), "parameters", row.idx, "key"
            )
            continue
        try:
            declared.parse(row.value)
        except ValueError as allowed:
            yield Violation(
                _("{0} is {1}; it must be {2}."),
                (row.key, row.value, str(allowed)),
                "parameters",
                row.idx,
                "value",
            )
        if (row.key, row.valid_from) in seen:
            yield Violation(
                _("{0} has two values for the same date."), (row.key,), "parameters", row.idx, "valid_from"
            )
        seen.add((row.key, row.valid_from))
    for declared in rule.clause.parameters:
        if (declared.key, None) not in seen:
            yield Violation(
                _("{0} needs a row without a date: the value from the beginning."),
                (declared.key,),
                "parameters",
            )


@dataclass(frozen=True)
class WaiverFacts:
    """A waiver as it would be saved."""

    clause: str | None
    is_waivable: bool
    scope: str
    reference_doctype: str | None
    reference_name: str | None
    reference_exists: bool
    item: str | None
    supplier: str | None
    has_evidence: bool
    valid_until: date | None
    max_uses: int
    today: date
    is_decided: bool = False
    use_count: int = 0
    uses: int = 0


@check("2.4", doctype="Rule Waiver")
def waiver_names_a_waivable_clause(waiver: WaiverFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation unless the clause is waivable and the scope names what it is for (2.4).

    A waiver that has been decided is not judged anew when a use is counted or it ends.
    """
    if waiver.is_decided:
        return
    if not waiver.is_waivable:
        yield Violation(_("Clause {0} cannot be waived."), (waiver.clause,), fieldname="clause")
    if waiver.scope == "Document":
        if not waiver.reference_doctype or not waiver.reference_name:
            yield Violation(_("Name the document that the waiver is for."), fieldname="reference_name")
        elif not waiver.reference_exists:
            yield Violation(
                _("{0} {1} does not exist."),
                (waiver.reference_doctype, waiver.reference_name),
                fieldname="reference_name",
            )
    elif not waiver.item or not waiver.supplier:
        yield Violation(
            _("Name the item and the supplier that the waiver is for."),
            fieldname="supplier" if waiver.item else "item",
        )
    if waiver.max_uses < 1:
        yield Violation(
            _("A waiver is good for at least 1 use, not {0}."), (waiver.max_uses,), fieldname="max_uses"
        )


@check("2.5", doctype="Rule Waiver")
def uses_are_counted_by_the_app(waiver: WaiverFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when a waiver that is not decided yet already has uses, or a count of them (2.5)."""
    if waiver.is_decided:
        return
    if waiver.use_count:
        yield Violation(
            _("The uses of a waiver are counted by the app, not entered: {0}."),
            (waiver.use_count,),
            fieldname="use_count",
        )
    if waiver.uses:
        yield Violation(_("The uses of a waiver are listed by the app, not entered."), (), "uses")


@check("2.4", doctype="Rule Waiver", when=LEAVING_DRAFT)
def waiver_is_complete(waiver: WaiverFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when evidence is missing or the term has passed; its last day still counts (2.4)."""
    if waiver.is_decided:
        return
    if not waiver.has_evidence:
        yield Violation(_("Attach the evidence."), fieldname="evidence")
    if waiver.valid_until and waiver.valid_until < waiver.today:
        yield Violation(
            _("The waiver would end on {0}, before today {1}."),
            (waiver.valid_until.isoformat(), waiver.today.isoformat()),
            fieldname="valid_until",
        )


signature(doctype="Rule Waiver", entering="Approved", by="approved_by", at="approved_on")


@dataclass(frozen=True)
class DelegationFacts:
    """A delegation as it would be saved, and as it is stored (None when new)."""

    from_user: str
    to_user: str
    from_time: datetime | None
    to_time: datetime | None
    roles: tuple[str, ...]
    roles_of_from_user: frozenset[str]
    to_user_is_enabled: bool
    user: str
    user_is_administrator: bool
    now: datetime
    before: DelegationFacts | None = None


@check("2.8", doctype="Delegation")
def delegation_is_proper(facts: DelegationFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation for a wrong person, a role that the user lacks or a time that is no term (2.8)."""
    if facts.user != facts.from_user and not facts.user_is_administrator:
        yield Violation(_("You can only delegate your own roles."), fieldname="from_user")
    elif facts.user == facts.to_user != facts.from_user:
        yield Violation(
            _("Nobody makes themselves the delegate of another; {0} or a colleague of yours enters it."),
            (facts.from_user,),
            fieldname="to_user",
        )
    if facts.from_user == facts.to_user:
        yield Violation(_("Name another user to delegate to."), fieldname="to_user")
    if not facts.to_user_is_enabled:
        yield Violation(_("User {0} is disabled."), (facts.to_user,), fieldname="to_user")
    for idx, role in enumerate(facts.roles, 1):
        if role not in facts.roles_of_from_user:
            yield Violation(
                _("{0} does not have the role {1}."), (facts.from_user, role), "roles", idx, "role"
            )
    if facts.from_time and facts.to_time and facts.to_time <= facts.from_time:
        yield Violation(_("The delegation ends before it begins."), fieldname="to_time")


@check("2.8", doctype="Delegation")
def begun_delegation_is_only_ended(facts: DelegationFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when a delegation that has begun is changed other than ended earlier (2.8)."""
    before = facts.before
    if before is None or before.from_time is None or before.from_time > facts.now:
        return
    kept = ("from_user", "to_user", "from_time", "roles")
    if any(getattr(before, name) != getattr(facts, name) for name in kept):
        yield Violation(_("This delegation has begun; it can only be ended earlier. Make a new one."))
    if before.to_time and facts.to_time and facts.to_time > before.to_time:
        yield Violation(
            _("This delegation has begun; it cannot be prolonged. Make a new one."), fieldname="to_time"
        )


@dataclass(frozen=True)
class CalendarFacts:
    """A working calendar as it would be saved; `problem` is what its shifts or off days lack."""

    problem: str | None
    dates: tuple[date, ...]


@check("2.11", doctype="Working Calendar")
def calendar_is_consistent(calendar: CalendarFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when the shifts or off days leave no proper calendar, or a date is repeated (2.11)."""
    if calendar.problem:
        yield Violation(_("This calendar cannot be counted on: {0}."), (calendar.problem,), "shifts")
    seen: set[date] = set()
    for idx, day in enumerate(calendar.dates, 1):
        if day in seen:
            yield Violation(_("{0} is listed twice."), (day.isoformat(),), "holidays", idx, "date")
        seen.add(day)
