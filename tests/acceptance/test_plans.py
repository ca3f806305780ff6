"""Material plans: imported with an answer per line, released, and turned into requisitions (4.3)."""

import order_world as world
import price_world as prices
import pytest

import hosts


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site."""


def imported(text: str, filename: str = "plan.csv", role: str = "Planner", **options):
    """Import a plan as a planner and return the report."""
    from erp_rules.api.imports import import_content

    with hosts.as_user(role):
        return import_content(world.PLAN, text.encode(), filename, **options)


def plan(*lines: tuple):
    """Return a released plan of `(item, quantity)` lines."""
    import frappe

    rows = "\n".join(f"{code},{qty},{world.days(30)}" for code, qty in lines)
    name = hosts.unique("plan")
    report = imported(f"料号,需求数量,需求日期\n{rows}", f"{name}.csv")
    assert not report.errors, report.errors
    doc = frappe.get_doc(world.PLAN, {"title": name})
    prices.act(doc, "Release", "Planner")
    return frappe.get_doc(world.PLAN, doc.name)


@pytest.mark.clause("4.3")
def test_good_lines_are_taken_and_each_bad_line_says_why():
    import frappe

    first, second = world.item(), world.item()
    name = hosts.unique("plan")
    day = world.days(30)
    text = "\n".join(
        [
            "料号,需求数量,需求日期",
            f"{first},100,{day}",
            f"NO-SUCH-ITEM,5,{day}",
            f"{second},many,{day}",
            f"{second},0,{day}",
            f"{second},12.5,not a day",
            f"{second},7,{world.days(31)}",
            f"{first},100,{day}",
            f"{first},3,{day}",
        ]
    )
    report = imported(text, f"{name}.csv")
    assert (report.inserted, report.repeated_lines) == (1, 1)
    assert [finding.line for finding in report.errors] == [3, 4, 5, 6, 9]
    doc = frappe.get_doc(world.PLAN, {"title": name})
    assert [(row.item, row.qty) for row in doc.items] == [(first, 100), (second, 7)]
    assert doc.line_count == 2
    again = imported(f"料号,需求数量,需求日期\n{first},100,{day}", f"{name}.csv")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 1)


def test_thousands_of_lines_are_taken_with_a_bounded_number_of_queries(query_count):
    codes = [world.item() for _count in range(3)]
    text = "料号,需求数量,需求日期\n" + "\n".join(
        f"{codes[n % 3]},{n % 50 + 1},{world.days(n // 3 + 1)}" for n in range(3000)
    )
    with query_count() as counted:
        report = imported(text, hosts.unique("plan") + ".csv")
    assert (report.inserted, report.refused_lines) == (1, 0)
    assert counted.count < 3000 + 100  # each row is written once; what is read does not grow


@pytest.mark.clause("4.3")
def test_a_released_plan_becomes_requisitions_once():
    import frappe

    from erp_rules.api import ordering

    code, other = world.item(), world.item()
    made = plan((code, 10), (other, 4))
    with hosts.as_user("Planner"):
        (name,) = ordering.request_plan(made.name)["requisitions"]
        lines = ordering.plan_lines(made.name)
    doc = frappe.get_doc(world.REQUISITION, name)
    assert [(row.item, row.qty, row.source, row.material_plan) for row in doc.items] == [
        (code, 10, made.name, made.name),
        (other, 4, made.name, made.name),
    ]
    assert [(line["requested_qty"], line["open_qty"]) for line in lines] == [(10, 0), (4, 0)]
    with hosts.as_user("Planner"), pytest.raises(frappe.ValidationError):
        ordering.request_plan(made.name)


@pytest.mark.clause("4.3")
def test_asking_for_more_than_the_plan_is_warned_of():
    import frappe

    code = world.item()
    made = plan((code, 10))
    doc = world.requisition((code, 11))
    row = {**doc.items[0].as_dict(), "plan_row": made.items[0].name}
    prices.edit(doc, "Planner", items=[row])
    frappe.clear_messages()
    prices.act(doc, "Submit for Approval", "Planner")
    assert any("11" in str(message) and "4.3" in str(message) for message in frappe.local.message_log)


def asked(plan_row: str, code: str, qty: float = 4):
    """Return a draft requisition for a row of a plan."""
    doc = world.requisition((code, qty))
    prices.edit(doc, "Planner", items=[{**doc.items[0].as_dict(), "plan_row": plan_row, "source": None}])
    return doc


@pytest.mark.clause("4.3")
def test_only_a_released_plan_is_a_source():
    import frappe

    from erp_rules.rule_engine.errors import RuleViolation

    code = world.item()
    name = hosts.unique("plan")
    report = imported(f"料号,需求数量,需求日期\n{code},10,{world.days(30)}", f"{name}.csv")
    assert not report.errors
    made = frappe.get_doc(world.PLAN, {"title": name})
    early = asked(made.items[0].name, code)
    with pytest.raises(RuleViolation, match=r"Draft, not Released.*4\.3"):
        prices.act(early, "Submit for Approval", "Planner")
    prices.act(made, "Release", "Planner")
    prices.act(early, "Submit for Approval", "Planner")
    late = asked(made.items[0].name, code)
    prices.act(made, "Close", "Planner", reason="The next plan takes its place")
    with pytest.raises(RuleViolation, match=r"Closed, not Released"):
        prices.act(late, "Submit for Approval", "Planner")
    prices.act(early, "Approve", "Planning Manager")


@pytest.mark.clause("4.3")
def test_a_closed_requisition_gives_the_plan_back_what_was_not_ordered():
    from erp_rules.api import ordering

    code, supplier = world.priced()
    made = plan((code, 10))
    wanted = asked(made.items[0].name, code, 10)
    prices.act(wanted, "Submit for Approval", "Planner")
    prices.act(wanted, "Approve", "Planning Manager")
    wanted.reload()
    world.make(world.line(wanted.items[0], supplier, qty=3))
    prices.act(wanted, "Close", "Planner", reason="The rest comes another way")
    with hosts.as_user("Planner"):
        (line,) = ordering.plan_lines(made.name)
        assert (line["requested_qty"], line["open_qty"]) == (3, 7)
        ordering.request_plan(made.name)
        (line,) = ordering.plan_lines(made.name)
    assert (line["requested_qty"], line["open_qty"]) == (10, 0)


def test_a_purchaser_does_not_import_plans():
    import frappe

    with pytest.raises(frappe.PermissionError):
        imported(f"料号,需求数量,需求日期\n{world.item()},1,{world.days(3)}", role="Purchaser")
