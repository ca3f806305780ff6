"""Two people at once, a process that dies in the middle, and the number of queries of a save."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import price_world as world
import pytest

import hosts

FIRST = date(2026, 1, 1)


def at_once(site, *calls):
    """Run each call (login, function) in a thread of its own at the same time; return results and errors."""
    import frappe

    frappe.db.commit()
    start = threading.Barrier(len(calls))
    outcomes: list = [None] * len(calls)

    def run(number, login, function):
        site.connect()
        try:
            frappe.set_user(hosts.who(login))
            start.wait(30)
            outcomes[number] = function()
            frappe.db.commit()
        except Exception as error:
            frappe.db.rollback()
            outcomes[number] = error
        finally:
            site.disconnect()

    threads = [threading.Thread(target=run, args=(n, *call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    frappe.db.rollback()
    return [o for o in outcomes if not isinstance(o, Exception)], [
        o for o in outcomes if isinstance(o, Exception)
    ]


def action(doc, name):
    def call():
        from erp_rules.rule_engine import workflow

        return workflow.apply_workflow(
            {"doctype": doc.doctype, "name": doc.name}, name, reason="As discussed"
        ).workflow_state

    return call


@pytest.mark.clause("4.2.7")
def test_two_officers_post_at_once_and_one_price_is_written(db, site):
    doc = world.approved(first=FIRST)
    done, refused = at_once(
        site, ("Finance Officer", action(doc, "Post")), ("Finance Officer 2", action(doc, "Post"))
    )
    assert done == ["Posted"]
    assert len(refused) == 1
    assert isinstance(refused[0], db.ValidationError), refused
    assert len(world.prices(doc)) == 1


@pytest.mark.clause("4.2.4")
def test_pass_and_reject_at_once_leave_one_decision(db, site):
    doc = world.act(world.draft(), "Submit for Review", "Purchaser")
    done, refused = at_once(
        site, ("Finance Officer", action(doc, "Pass")), ("Finance Officer 2", action(doc, "Reject"))
    )
    assert len(done) == len(refused) == 1
    assert db.db.get_value(world.APPROVAL, doc.name, "workflow_state") == done[0]


@pytest.mark.clause("4.2.7")
def test_two_purchasers_open_an_approval_for_one_item_at_once(db, site):
    values = world.values()
    rows = [dict(row) for row in values["quotes"]]

    def insert():
        import frappe

        return frappe.get_doc({**values, "quotes": [dict(row) for row in rows]}).insert().name

    done, refused = at_once(site, ("Purchaser", insert), ("Purchaser 2", insert))
    assert len(done) == 1, refused
    assert len(refused) == 1
    assert "(4.2.7)" in str(refused[0])
    assert db.get_all(world.APPROVAL, {"item": values["item"]}, pluck="name") == done


@pytest.mark.clause("4.2.7")
def test_two_changes_started_at_once_make_one(db, site):
    doc = world.posted(FIRST)
    done, refused = at_once(
        site, ("Purchaser", action(doc, "Start Change")), ("Purchaser 2", action(doc, "Start Change"))
    )
    assert done == ["Change Draft"]
    assert len(refused) == 1
    assert db.db.get_value(world.APPROVAL, doc.name, "change_no") == 1


DYING = """
import os, signal, sys
sys.path.insert(0, {tests!r})
import hosts
hosts.prepare_path()
if hosts.is_bench():
    os.chdir({sites!r})
site = hosts.TestSite({site!r}, {sites!r})
site.connect()
import frappe
from erp_rules.procurement.doctype.item_supplier_price.item_supplier_price import ItemSupplierPrice
from erp_rules.rule_engine import workflow
insert = ItemSupplierPrice.db_insert

def insert_and_die(self, *args, **kwargs):
    insert(self, *args, **kwargs)
    assert frappe.db.count("Item Supplier Price", {{"price_approval": self.price_approval}}) == {rows}
    print("written", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

ItemSupplierPrice.db_insert = insert_and_die
frappe.set_user(hosts.who("Finance Officer"))
workflow.apply_workflow({{"doctype": "Price Approval", "name": {name!r}}}, "Post")
"""


def traces(db, doc) -> dict:
    """Return everything that posting writes."""
    return {
        "document": world.stored(doc),
        "prices": db.get_all(world.PRICE, {"price_approval": doc.name}, ["name", "valid_to", "followed_by"]),
        "tasks": db.get_all("ToDo", {"reference_name": doc.name}, pluck="name"),
        "deadlines": db.get_all(
            "Deadline", {"reference_name": doc.name}, ["name", "status"], order_by="name"
        ),
        "comments": db.get_all("Comment", {"reference_name": doc.name}, pluck="name", order_by="name"),
        "versions": db.get_all("Version", {"docname": doc.name}, pluck="name", order_by="name"),
    }


@pytest.mark.clause("4.2.5")
@pytest.mark.parametrize("is_change", [False, True])
def test_a_process_killed_while_posting_leaves_nothing_half_done(db, site, is_change):
    if is_change:
        doc = world.posted(FIRST)
        row = {
            "change_kind": "Price",
            "supplier": doc.quotes[0].supplier,
            "new_rate": 10,
            "valid_from": "2026-03-01",
        }
        doc = world.change(doc, row)
        for step, role in (
            ("Submit for Review", "Purchaser"),
            ("Pass", "Finance Officer"),
            ("Approve", "Top Executive"),
        ):
            doc = world.act(doc, step, role)
    else:
        doc = world.approved(first=FIRST)
    db.db.commit()
    before = traces(db, doc)
    script = DYING.format(
        tests=str(Path(hosts.__file__).parent),
        sites=str(Path(site.sites_path).resolve()),
        site=site.name,
        name=doc.name,
        rows=2 if is_change else 1,
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=dict(os.environ)
    )
    assert (ended.returncode, ended.stdout.strip()) == (-9, "written"), ended.stderr
    db.db.rollback()
    assert traces(db, doc) == before
    doc = world.act(doc, "Post", "Finance Officer")
    assert doc.workflow_state == "Posted"
    assert len(world.prices(doc)) == (2 if is_change else 1)


def statements_of_a_save(db, query_count, quotes: int) -> tuple[int, int]:
    """Return all statements of a save, and those that are neither written rows nor link checks of rows."""
    suppliers = [world.supplier() for _ in range(quotes)]
    doc = world.draft(quotes=[world.quote(code, 9 + n, selected=n == 0) for n, code in enumerate(suppliers)])
    hosts.forget_request_state()
    with hosts.as_user("Purchaser"):
        doc = db.get_doc(world.APPROVAL, doc.name)
        doc.market_check = "seen again"
        with query_count() as counted:
            doc.save()
    own = [s for s in counted.statements if not is_of_a_row(s, suppliers)]
    return counted.count, len(own)


def is_of_a_row(statement: str, suppliers: list[str]) -> bool:
    """Return whether the framework sends this statement once a row: its UPDATE, or the check of its link."""
    text = statement.strip()
    is_write = text[:6].upper() in ("UPDATE", "INSERT") and "tabPrice Quote" in text
    is_link_check = "tabSupplier`" in text and " IN " not in text.upper()
    return is_write or is_link_check


def test_the_number_of_queries_does_not_grow_with_the_quotes(db, query_count):
    statements_of_a_save(db, query_count, 3)
    three, own_three = statements_of_a_save(db, query_count, 3)
    thirty, own_thirty = statements_of_a_save(db, query_count, 30)
    assert own_three == own_thirty
    assert own_three > 10
    assert thirty - three <= 2 * 27
