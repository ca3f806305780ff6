"""Every function that a browser may call: typed, described, refused to guests and to users without a role.

The functions are found in the sources, so a new one has to be entered here before this test passes.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from pathlib import Path

import price_world as world
import pytest
from engine_tools import stored

import hosts
from hosts import make_user, unique

PACKAGE = Path(__file__).resolve().parents[2] / "apps" / "erp_rules" / "erp_rules"
# Answer about the user who asks, with what their own permissions show: nothing, for somebody without a role.
OWN = {
    "erp_rules.api.figures.chart",
    "erp_rules.api.imports.importable",
    "erp_rules.api.desk_queries.global_search",
    "erp_rules.api.screens.countdowns.countdowns",
    "erp_rules.api.screens.desk.boot",
    "erp_rules.api.screens.desk.find_documents",
    "erp_rules.api.screens.desk.set_language",
    "erp_rules.api.screens.documents.bulk_act",
    "erp_rules.api.screens.inbox.inbox",
    "erp_rules.api.screens.inbox.requests",
    "erp_rules.api.screens.lists.saved_views",
    "erp_rules.api.screens.overview.overview",
    "erp_rules.rule_engine.workflow.bulk_workflow_approval",
}
# Refuses by itself whoever calls it.
CLOSED = {"erp_rules.rule_engine.workflow.refuse_mail_link"}
# Pass on to functions of Frappe's desk, which the embedded bench does not have.
PASSED_ON = {
    "erp_rules.api.desk_queries.global_search",
    "erp_rules.api.desk_queries.search_link",
    "erp_rules.api.desk_queries.search_widget",
}
# Change nothing, so they may be asked for with a link; all others take POST only.
READING = {
    "chart", "prices_ending_soon", "late_order_rows", "receipts_this_month", "guidance", "importable", "comparison",
    "download_pdf", "download_multi_pdf", "open_points", "transitions", "steps", "judged_by", "deliveries", "lines",
    "waiting_for_inspection", "over_targets", "find_receipts", "open_lines", "plan_lines", "printable", "document",
    "attachment", "common_actions", "timeline", "boot", "meta", "search_link", "find_documents", "inbox", "decision",
    "count", "export_list", "report_filters", "run_report", "export_report", "saved_views", "overview", "get_transitions",
    "refuse_mail_link", "search_widget", "get_count", "preview", "download", "ready", "packable", "countdowns", "begin",
    "requests",
    "global_search",
}  # fmt: skip


def endpoints() -> dict[str, ast.FunctionDef]:
    """Return every function marked with `frappe.whitelist` by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(("erp_rules", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                "whitelist" in ast.unparse(d) for d in node.decorator_list
            ):
                found[f"{module}.{node.name}"] = node
    return found


ENDPOINTS = endpoints()


def methods_of(node: ast.FunctionDef) -> list[str]:
    """Return the methods that the decorator names; without any Frappe takes them all."""
    call = next(d for d in node.decorator_list if "whitelist" in ast.unparse(d))
    named = [k.value for k in call.keywords if k.arg == "methods"] if isinstance(call, ast.Call) else []
    return ast.literal_eval(named[0]) if named else ["GET", "POST"]


def test_there_are_endpoints():
    assert len(ENDPOINTS) > 60
    assert set(ENDPOINTS) >= OWN | CLOSED


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_is_typed_described_and_writes_by_post_only(name):
    node = ENDPOINTS[name]
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    assert not [
        a.arg for a in arguments if a.annotation is None and a.arg != "self"
    ], "arguments without a type"
    assert ast.get_docstring(node)
    assert node.args.kwarg is None and node.args.vararg is None, "takes whatever a request sends"
    if "GET" in methods_of(node):
        assert node.name in READING, "say in READING that it changes nothing, or let it take POST only"


@pytest.fixture(scope="module")
def reached(site):
    """Documents that exist, and a user who has no role; committed."""
    import frappe

    frappe.local.conf.throttle_user_limit = 1000
    login = make_user(f"{unique('nobody').lower()}@demo.example")
    doc = world.act(world.draft(), "Submit for Review", "Purchaser")
    names = {}
    for doctype in (
        "Material Plan",
        "Purchase Receipt",
        "Over Delivery",
        "Purchase Change Order",
        "Purchase Order",
        "Purchase Return",
    ):
        row = frappe.new_doc(doctype)
        row.name = unique("X")
        row.db_insert()
        names[doctype] = row.name
    frappe.db.commit()
    yield login, doc.name, names
    for doctype, name in names.items():
        frappe.db.delete(doctype, {"name": name})
    frappe.db.commit()


def arguments_of(name: str, approval: str, names: dict) -> dict:
    """Return arguments that reach an existing document, so that only the permission can refuse them."""
    filled = {
        "doctype": "Price Approval", "name": approval, "names": json.dumps([approval]), "docnames": json.dumps([approval]),
        "docname": approval, "action": "Pass", "price_approval": approval, "plan": names["Material Plan"],
        "receipt": names["Purchase Receipt"], "over_delivery": names["Over Delivery"], "order": names["Purchase Order"],
        "change_order": names["Purchase Change Order"], "orders": json.dumps([names["Purchase Order"]]),
        "report": "Quote Comparison", "report_name": "Quote Comparison", "file_url": "/private/files/x.csv", "file": "x",
        "doc": json.dumps({"doctype": "Price Approval", "name": approval}), "user": "engineer@demo.example",
        "reason": "x", "text": "x", "txt": "x", "item": "x", "supplier": "x", "rows": "[]", "lines": "[]", "way_out": "x",
        "order_row": "x", "row": "x", "receipt_row": "x", "purchase_return": names["Purchase Return"], "task": "x", "agreed": True, "state": "Draft", "label": "x", "query": {}, "language": "en",
        "chart_name": "Prices over Time", "count_key": "x", "delivery_note_no": "x", "source_doctype": "Price Approval",
        "source": approval, "notified_by_means": "Phone", "confirmed_by_name": "x",
    }  # fmt: skip
    function = getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2])
    wanted = inspect.signature(inspect.unwrap(function)).parameters.values()
    required = {p.name: filled[p.name] for p in wanted if p.default is p.empty}
    if "doctype" in required and name.endswith(("import_file", "check_file")):
        required["doctype"] = "Item"
    if name.endswith("download_multi_pdf"):
        required["name"] = json.dumps([approval])
    if name.endswith("print_batch"):
        required["orders"] = json.dumps([names["Purchase Order"]])
    return required


def send(http, name: str, body: dict):
    method = "POST" if "POST" in methods_of(ENDPOINTS[name]) else "GET"
    given = {"json": body} if method == "POST" else {"query_string": body}
    return http.request(method, f"/api/method/{name}", **given)


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_endpoint_refuses_a_guest(reached, http, name):
    _login, approval, names = reached
    answer = send(http, name, arguments_of(name, approval, names))
    assert answer.status_code in (401, 403), answer.text[:300]


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_endpoint_refuses_or_shows_nothing_to_a_user_without_a_role(reached, http, name):
    if name in PASSED_ON and not hosts.is_bench():
        pytest.skip("the embedded bench does not have the function that it passes on to")
    login, approval, names = reached
    before = stored("Price Approval", approval)
    answer = send(http.token(login), name, arguments_of(name, approval, names))
    if name in OWN:
        assert answer.status_code == 200, answer.text[:300]
        shown = json.dumps(answer.json.get("message"))
        assert approval not in shown or '"ok": false' in shown
        assert not [row for row in names.values() if row in shown]
    elif name.endswith(".answer"):  # a task that was never asked of them
        assert answer.status_code in (403, 404), answer.text[:300]
    else:
        assert answer.status_code == 403, (answer.status_code, answer.text[:300])
    assert stored("Price Approval", approval) == before


@pytest.mark.parametrize(
    "name", sorted(name for name, node in ENDPOINTS.items() if methods_of(node) == ["POST"])
)
def test_what_writes_is_not_called_with_a_link(reached, http, name):
    """A GET carries no CSRF token, so a picture on another page could send it."""
    _login, approval, names = reached
    answer = http.token("Purchaser").get(
        f"/api/method/{name}", query_string=arguments_of(name, approval, names)
    )
    assert answer.status_code in (403, 405), (answer.status_code, answer.text[:300])
