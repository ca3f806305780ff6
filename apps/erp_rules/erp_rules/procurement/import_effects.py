"""What clauses 7.12 to 7.18 do by themselves when containers, settlements and receipts move."""

from __future__ import annotations

from frappe import _

from erp_rules.clauses.chapter_4_6 import ReceiptState
from erp_rules.clauses.chapter_7_imports import ContainerState, SettlementState
from erp_rules.procurement import containers
from erp_rules.rule_engine.effects import effect
from erp_rules.rule_engine.notify import notify_roles, notify_users

COUNTING = "/erp/counting"


@effect(
    "7.14",
    entering=(
        ContainerState.SHIPPED,
        ContainerState.UNLOADED,
        ContainerState.ACCEPTED,
    ),
    lasting=False,
)
def tell_about_container(doc, context):
    """Tell those of a container who do not lead it on but have their work with it."""
    state = context.to_state

    def words() -> str:
        said = {
            ContainerState.SHIPPED: _("Container {0} is on its way, expected on {1}"),
            ContainerState.UNLOADED: _("Container {0} is unloaded; its goods are to be counted"),
            ContainerState.ACCEPTED: _("Container {0} is accepted; handle what differs"),
        }
        return said[state].format(doc.container_no, doc.eta)

    role, link = {
        ContainerState.SHIPPED: ("Planner", None),
        # Who counts does not see what was sent.
        ContainerState.UNLOADED: ("Receiving Clerk", COUNTING),
        ContainerState.ACCEPTED: ("Purchaser", None),
    }[state]
    notify_roles([role], words, doc, link)


@effect("7.16", entering=ContainerState.UNLOADED)
def announce_goods(doc, context):
    """Announce what a container brought to the counters: a delivery notice a supplier and delivery note."""
    containers.announce(doc)


@effect("7.17", entering=(ReceiptState.DRAFT, ReceiptState.COUNTED, ReceiptState.INSPECTED), lasting=False)
def compare_container(doc, context):
    """Compare count and inspection with the packing list, and tell the container's maker what differs."""
    if not doc.import_container or context.from_state is None:
        return
    container = containers.compare(doc.import_container)
    if container.open_discrepancies and context.to_state != ReceiptState.DRAFT:
        notify_users(
            {container.owner},
            lambda: _("Container {0}: {1} discrepancies are to be handled").format(
                container.container_no, container.open_discrepancies
            ),
            container,
        )


@effect("7.13", entering=SettlementState.SETTLED, lasting=False)
def tell_about_settlement(doc, context):
    """Tell the maker of a settlement that it is settled."""
    notify_users([doc.owner], lambda: _("Settlement {0} is settled").format(doc.name), doc)
