"""Purchase requisitions: who writes, passes on and approves them, and what ordering does to them (4.3)."""

import order_world as world
import price_world as prices
import pytest


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site."""


def refusal():
    """Return the error with which the regulation refuses."""
    from erp_rules.rule_engine.errors import RuleViolation

    return pytest.raises(RuleViolation)


@pytest.mark.clause("4.3")
def test_a_requisition_is_approved_by_the_planning_manager():
    doc = world.approved((world.item(), 5))
    assert (doc.workflow_state, doc.docstatus) == ("Approved", 1)
    assert doc.submitted_by.startswith("planner@") and doc.approved_by.startswith("planning.manager@")
    assert doc.items[0].item_name == "Bracket" and doc.items[0].uom == "PCS"


@pytest.mark.clause("4.3")
def test_a_line_without_plan_or_reason_is_refused():
    doc = world.requisition((world.item(), 5), (world.item(), 6))
    rows = [{**row.as_dict(), "source": "" if row.idx == 2 else row.source} for row in doc.items]
    prices.edit(doc, "Planner", items=rows)
    with refusal():
        prices.act(doc, "Submit for Approval", "Planner")
    assert prices.places() == [("4.3", "items", 2, "source")]


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("qty", [0, -3, "nan", 1e-12])
def test_a_quantity_that_is_none_is_refused(qty):
    with refusal():
        world.requisition((world.item(), qty))


@pytest.mark.clause("2.12")
@pytest.mark.parametrize("qty", [1e12, 1e30, -1e12, "1,000,000,000,000", "1e400", 10**400])
def test_a_quantity_too_large_to_be_stored_is_refused(qty):
    with refusal() as raised:
        world.requisition((world.item(), qty))
    assert prices.places() == [("2.12", "items", 1, "qty")], str(raised.value)


@pytest.mark.clause("2.12")
@pytest.mark.parametrize("date", ["0000-00-00", 7, {"x": 1}, [2026]])
def test_what_is_no_date_is_refused(http, date):
    import frappe

    row = {"item": world.item(), "qty": 5, "source": "trial run", "required_date": date}
    frappe.db.commit()
    http.login("Planner")
    answer = http.post(f"/api/resource/{world.REQUISITION}", json={"items": [row]})
    assert answer.status_code == 417
    places = [(one["clause"], one["row"], one["fieldname"]) for one in answer.json["rule_violations"]]
    assert places == [("2.12", 1, "required_date")]


@pytest.mark.clause("2.12")
def test_the_largest_quantity_is_taken():
    assert world.requisition((world.item(), 999_999_999_999)).items[0].qty == 999_999_999_999


@pytest.mark.clause("4.3")
def test_an_affiliates_requisition_is_passed_on_by_the_sales_coordinator():
    import frappe

    affiliate = prices.supplier(supplier_kind="Affiliate")
    doc = world.requisition((world.item(), 5), requisition_kind="Affiliate", affiliate=affiliate)
    with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
        prices.act(doc, "Submit for Approval", "Planner")
    prices.act(doc, "Pass On", "Sales Coordinator")
    assert frappe.db.get_value(world.REQUISITION, doc.name, "workflow_state") == "Approval"


@pytest.mark.clause("4.3")
def test_an_affiliates_requisition_names_an_affiliate_and_becomes_an_affiliate_order():
    affiliate = prices.supplier(supplier_kind="Affiliate")
    code, supplier = world.priced()
    doc = world.requisition((code, 5), requisition_kind="Affiliate", affiliate=supplier)
    with refusal():
        prices.act(doc, "Pass On", "Sales Coordinator")
    assert prices.places() == [("4.3", None, None, "affiliate")]
    wanted = world.approved((code, 5), requisition_kind="Affiliate", affiliate=affiliate)
    (order,) = world.make(world.line(wanted.items[0], supplier))
    assert order.order_kind == "Affiliate"


@pytest.mark.clause("1.3")
def test_nobody_approves_their_own_requisition():
    import frappe

    import hosts
    from erp_rules.rule_engine.errors import RulePermissionError

    doc = world.requisition((world.item(), 5))
    prices.act(doc, "Submit for Approval", "Planner")
    user = frappe.get_doc("User", hosts.user_for("Planner"))
    user.append("roles", {"role": "Planning Manager"})
    user.save()
    with pytest.raises(RulePermissionError):
        prices.act(doc, "Approve", "Planner")


@pytest.mark.clause("4.3")
def test_a_requisition_is_ordered_in_parts_and_closed():
    import frappe

    code, supplier = world.priced()
    wanted = world.approved((code, 10), (code, 4))
    first, second = wanted.items
    world.make(world.line(first, supplier, qty=6))
    assert world.ordered(first) == (6, "Approved")
    (order,) = world.make(world.line(first, supplier), world.line(second, supplier))
    assert len(order.items) == 2
    assert (world.ordered(first), world.ordered(second)) == ((10, "Ordered"), (4, "Ordered"))
    assert frappe.db.get_value(world.REQUISITION, wanted.name, "ordered_pct") == 100
    versions = frappe.get_all("Version", filters={"docname": wanted.name}, pluck="data")
    assert any("ordered_qty" in data for data in versions)


@pytest.mark.clause("4.3")
def test_a_closed_requisition_is_not_ordered():
    code, supplier = world.priced()
    wanted = world.approved((code, 10))
    prices.act(wanted, "Close", "Planner", reason="not needed any more")
    with refusal():
        world.make(world.line(wanted.items[0], supplier))


@pytest.mark.clause("1.4")
@pytest.mark.parametrize("role", ["Planner", "Planning Manager", "Purchaser"])
def test_an_approved_requisition_is_locked(role):
    import frappe

    from erp_rules.rule_engine.errors import RulePermissionError, RuleViolation

    doc = world.approved((world.item(), 5))
    before = prices.stored(doc)
    for change in ({"qty": 50}, {"ordered_qty": 5}, {"closed_qty": 1}):
        with pytest.raises((RuleViolation, RulePermissionError, frappe.PermissionError)):
            prices.edit(doc, role, items=[{**doc.items[0].as_dict(), **change}])
    assert prices.stored(doc) == before


def test_the_planning_manager_sees_the_lines():
    from erp_rules.procurement.order_decisions import purchase_requisition

    doc = world.requisition((world.item(), 5))
    shown = purchase_requisition(doc)
    assert [row["cells"][2] for row in shown["table"]["rows"]] == [5]


@pytest.mark.parametrize(
    ("doctype", "fieldname"),
    [("Purchase Requisition Item", "material_plan"), ("Purchase Requisition", "close_reason")],
)
def test_what_the_app_fills_in_is_shown_and_not_asked_for(doctype, fieldname):
    """The plan follows from the plan's row, the reason from the action that closes."""
    import frappe

    assert frappe.get_meta(doctype).get_field(fieldname).read_only
