"""Chapter 1: who may do what. The guard carries these clauses out for every document under control."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from erp_rules.clauses.base import Kind, Parameter, StrEnum, Violation, _, declare

declare(
    "1.1",
    title="State changes only by workflow action",
    title_zh="状态只能由流程动作改变",
    summary="A document moves to another state only by a workflow action that the user's role allows; "
    "a state written by hand, by an interface or by an import is refused.",
    summary_zh="单据只能由使用者角色允许的流程动作改变状态；手工、接口或导入写入的状态一律拒绝。",
    kinds=[Kind.BLOCK],
    fixed=True,
)
declare(
    "1.2",
    title="Submission and cancellation only by workflow action",
    title_zh="提交与作废只能由流程动作完成",
    summary="A document under a workflow is submitted, cancelled or amended only through its workflow.",
    summary_zh="受流程管制的单据只能经流程提交、作废或修订。",
    kinds=[Kind.BLOCK],
    fixed=True,
)
declare(
    "1.3",
    title="No self-approval",
    title_zh="不得自批",
    summary="Nobody approves what they made, asked for or last edited, and neither does their delegate "
    "nor the person they stand in for.",
    summary_zh="任何人不得批准自己编制、申请或最后修改的单据；代理人与被代理人同样适用。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    fixed=True,
)
declare(
    "1.4",
    title="Locked fields stay locked",
    title_zh="锁定字段不可修改",
    summary="Fields that a state locks cannot be changed through any door, and neither can rows by themselves "
    "nor attachments of a locked document.",
    summary_zh="状态锁定的字段不论经何途径均不可修改；明细行不可单独修改，锁定单据的附件亦不可改动。",
    kinds=[Kind.BLOCK],
    fixed=True,
)
declare(
    "1.5",
    title="Only the roles of the state edit",
    title_zh="仅该状态的角色可编辑",
    summary="In each state only the roles named for it may edit what the state leaves open.",
    summary_zh="每一状态下，仅指定角色可编辑该状态开放的内容。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    fixed=True,
)
declare(
    "1.6",
    title="No deletion after Draft",
    title_zh="离开草稿后不得删除",
    summary="A document that has once left its draft cannot be deleted; deleting a draft keeps its history.",
    summary_zh="曾离开草稿的单据不得删除；删除草稿须保留其历史。",
    kinds=[Kind.BLOCK, Kind.RECORD],
    fixed=True,
)
declare(
    "1.7",
    title="No renaming or merging",
    title_zh="不得改号或合并",
    summary="A document under control keeps its number; it cannot be renamed or merged into another.",
    summary_zh="受管制的单据编号不变，不得改号或并入其他单据。",
    kinds=[Kind.BLOCK],
    fixed=True,
)
declare(
    "1.8",
    title="Countersignature",
    title_zh="会签",
    summary="Whoever may decide can ask another user for an opinion, who may then read this one document. "
    "Until the answer is there the document can be rejected or sent back, but not approved. A refusal does "
    "not decide; the approver is warned.",
    summary_zh="有权签核者可请他人会签，会签人获准查阅该单据。会签未答复前可驳回或退回，不得批准；"
    "会签人不同意时不构成决定，仅警示签核者。",
    kinds=[Kind.BLOCK, Kind.WARN, Kind.ROUTE],
    applies_to=["Approval Task"],
    fixed=True,
)
declare(
    "1.9",
    title="Passing a decision on",
    title_zh="转交签核",
    summary="Whoever may decide can hand the decision to somebody who may take it in their own right or as a "
    "stand-in, and who did not make the document. Others with the role may still decide.",
    summary_zh="有权签核者可将决定转交有权签核（含代理）且未编制该单据的人；同角色的其他人仍可签核。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    applies_to=["Approval Task"],
    fixed=True,
)
declare(
    "1.10",
    title="Return to an earlier step",
    title_zh="退回至先前步骤",
    summary="Whoever may reject can send the document back, with a reason, to a step that it went through in "
    "this round, unless an approval since then has had lasting effects. Later signatures lapse.",
    summary_zh="有权驳回者可附理由将单据退回本轮经过的步骤，除非其后的批准已产生不可撤回的结果；其后的签核作废。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    fixed=True,
)
declare(
    "1.11",
    title="Withdrawal by the maker",
    title_zh="编制人撤回",
    summary="The maker can take a document back, with a reason, from the states that allow it, as long as no "
    "approval has had lasting effects.",
    summary_zh="编制人可附理由自允许撤回的状态撤回单据，但批准已产生不可撤回的结果者除外。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    applies_to=["Document Control"],
    fixed=True,
)
declare(
    "1.12",
    title="Reminders",
    title_zh="催办",
    summary="The maker or requester reminds those whom the document waits for, not more often than the "
    "interval allows; every reminder is kept.",
    summary_zh="编制人或申请人可催办待处理者，不得比规定间隔更频繁；每次催办均留痕。",
    kinds=[Kind.BLOCK, Kind.RECORD],
    parameters=[
        Parameter("interval_minutes", 60, "minutes", label=_("Interval between reminders"), minimum=1)
    ],
    fixed=True,
)
declare(
    "1.13",
    title="A refusal gives its reason",
    title_zh="驳回须附理由",
    summary="Whoever rejects a document, sends it back or withdraws it says why, through every door.",
    summary_zh="驳回、退回或撤回单据，不论经何途径，均须写明理由。",
    kinds=[Kind.BLOCK, Kind.RECORD],
    fixed=True,
)


class TaskKind(StrEnum):
    """Why a document was brought before a person by name."""

    COUNTERSIGN = "Countersign"
    PASS_ON = "Pass On"


class TaskStatus(StrEnum):
    """What became of it; `DONE` when the document moved on, or was handed further, before an answer."""

    OPEN = "Open"
    AGREED = "Agreed"
    DECLINED = "Declined"
    DONE = "Done"


@dataclass(frozen=True)
class NamedPerson:
    """Somebody whom a decider names, as far as it matters for 1.8 and 1.9."""

    user: str
    is_active: bool
    is_asker: bool
    is_maker: bool
    may_decide: bool
    is_asked_already: bool = False


def against_countersigner(person: NamedPerson) -> Iterator[Violation]:
    """Yield why `person` cannot be asked to countersign: oneself, the maker, no account, asked already (1.8)."""
    yield from _against_person(person)
    if person.is_asked_already:
        yield Violation(_("{0} has been asked already and has not answered yet."), (person.user,))


def against_successor(person: NamedPerson) -> Iterator[Violation]:
    """Yield why a decision cannot be handed to `person`: as for 1.8, or nobody who may decide it (1.9)."""
    yield from _against_person(person)
    if person.is_active and not person.is_asker and not person.may_decide:
        yield Violation(
            _("{0} neither has a role that decides here nor stands in for somebody who has."), (person.user,)
        )


def _against_person(person: NamedPerson) -> Iterator[Violation]:
    if not person.is_active:
        yield Violation(_("There is no active user {0}."), (person.user,))
    elif person.is_asker:
        yield Violation(_("Name another person than yourself."))
    elif person.is_maker:
        yield Violation(_("{0} made, asked for or last edited this document."), (person.user,))


def way_of_round(states: Iterable[str], fresh: frozenset[str]) -> tuple[str, ...]:
    """Return the way of a document in its present round, the present state last (1.10, 1.11).

    `states` are the states that it entered, in order. A state of `fresh` (authoring, rejected) begins a new
    round; a state that it comes back to takes the steps after it away.
    """
    way: list[str] = []
    for state in states:
        if state in fresh:
            way = [state]
        elif state in way:
            del way[way.index(state) + 1 :]
        else:
            way.append(state)
    return tuple(way)


def steps_back(way: tuple[str, ...], lasting: frozenset[str]) -> tuple[str, ...]:
    """Return the states of `way` that it can go back to, nearest first; never past a state of `lasting`."""
    reachable: list[str] = []
    for position in range(len(way) - 1, 0, -1):
        if way[position] in lasting:
            break
        reachable.append(way[position - 1])
    return tuple(reachable)
