"""Chapter 1: who may do what. The guard carries these clauses out for every document under control."""

from erp_rules.clauses.base import Kind, declare

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
