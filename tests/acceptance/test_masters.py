"""Units, departments, warehouses, exchange rates and settings."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

import hosts
import making

DAY = datetime.date(2026, 3, 10)


def rate(source: str, target: str, value, date=DAY, role: str = "Finance Officer"):
    import frappe

    with hosts.as_user(role):
        return frappe.get_doc(
            {
                "doctype": "Exchange Rate",
                "from_currency": source,
                "to_currency": target,
                "rate": value,
                "date": date,
            }
        ).insert()


@pytest.fixture
def no_rates(db):
    """Without any exchange rate; the test's rollback brings them back."""
    db.db.delete("Exchange Rate")
    db.db.set_single_value("Purchasing Settings", {"base_currency": "CNY", "rate_valid_days": 31})
    yield
    db.db.rollback()
    db.clear_document_cache("Purchasing Settings", "Purchasing Settings")
    db.db.value_cache = {}


@pytest.mark.clause("4.2.3.3")
def test_rates_are_found_for_their_date_and_never_guessed(db, no_rates):
    from erp_rules.masters.facts import rates_to_base

    rate("USD", "CNY", 7.2)
    rate("CNY", "EUR", 0.125, "2026-03-01")
    rate("EUR", "USD", 1.1)
    rate("JPY", "USD", 0.0067)
    found = rates_to_base({"CNY", "USD", "EUR", "JPY", "GBP"}, DAY)
    assert found == {"CNY": Decimal(1), "USD": Decimal("7.2"), "EUR": Decimal(8)}
    assert rates_to_base({"USD"}, DAY - datetime.timedelta(days=1)) == {}
    assert rates_to_base({"USD"}, DAY + datetime.timedelta(days=31)) == {"USD": Decimal("7.2")}
    assert rates_to_base({"USD"}, DAY + datetime.timedelta(days=32)) == {}
    assert rates_to_base(set(), DAY) == {}


@pytest.mark.clause("4.2.3.3")
def test_rates_are_read_with_one_query(db, no_rates, query_count):
    from erp_rules.masters.facts import rates_to_base

    for number, currency in enumerate(("USD", "EUR", "JPY", "GBP", "HKD"), 1):
        rate(currency, "CNY", number)
    rates_to_base({"USD"}, DAY)
    with query_count() as one:
        rates_to_base({"USD"}, DAY)
    with query_count() as five:
        found = rates_to_base({"USD", "EUR", "JPY", "GBP", "HKD"}, DAY)
    assert len(found) == 5
    assert one.count == five.count <= 3


@pytest.mark.parametrize("value", [0, -1, "abc", None, "", 0.0000000001])
def test_a_rate_that_converts_nothing_is_refused(db, no_rates, value):
    with pytest.raises(db.ValidationError):
        rate("USD", "CNY", value)
    assert db.db.count("Exchange Rate") == 0


@pytest.mark.parametrize(
    ("source", "target", "date"),
    [("USD", "USD", DAY), ("XXQ", "CNY", DAY), ("USD", "XXQ", DAY), (None, "CNY", DAY)],
)
def test_a_rate_between_nothing_is_refused(db, no_rates, source, target, date):
    with pytest.raises(db.ValidationError):
        rate(source, target, 7, date)
    assert db.db.count("Exchange Rate") == 0


def test_one_rate_a_day_and_pair(db, no_rates):
    first = rate("USD", "CNY", 7.2, "2026-3-10")
    assert first.name == "USD-CNY-2026-03-10"
    with pytest.raises(db.DuplicateEntryError):
        rate("USD", "CNY", 7.3, datetime.date(2026, 3, 10))
    assert db.db.get_value("Exchange Rate", first.name, "rate") == 7.2


def test_a_rate_keeps_its_pair_and_day(db, no_rates):
    first = rate("USD", "CNY", 7.2)
    for field, value in (("from_currency", "EUR"), ("to_currency", "EUR"), ("date", "2026-03-11")):
        first.reload()
        first.set(field, value)
        with pytest.raises(db.ValidationError):
            first.save()


@pytest.mark.parametrize("role", ["Purchaser", "Engineer", "Top Executive", "Internal Auditor"])
def test_only_finance_keeps_rates(db, no_rates, role):
    with pytest.raises(db.PermissionError):
        rate("USD", "CNY", 7.2, role=role)
    assert db.db.count("Exchange Rate") == 0


MASTERS = [
    ("UOM", {"uom_name": "U-{0}", "decimals": 2}, "Engineer"),
    ("Department", {"department_name": "D-{0}", "division": "Lamps"}, "Rule Administrator"),
    ("Warehouse", {"warehouse_name": "W-{0}", "warehouse_kind": "Defective"}, "Warehouse Manager"),
]


@pytest.mark.parametrize(("doctype", "values", "keeper"), MASTERS)
def test_each_master_has_its_keeper_and_everybody_reads_it(db, unique, doctype, values, keeper):
    values = {
        key: value.format(unique()) if isinstance(value, str) else value for key, value in values.items()
    }
    with hosts.as_user(keeper):
        made = db.get_doc({"doctype": doctype, **values}).insert()
    refused = 0
    for role in hosts.ROLES:
        with hosts.as_user(role):
            doc = db.get_doc(doctype, made.name)
            doc.check_permission("read")
            if role == keeper:
                continue
            doc.disabled = 1
            if doctype == "UOM" and role == "Rule Administrator":
                continue
            with pytest.raises(db.PermissionError):
                doc.save()
            refused += 1
    assert refused >= len(hosts.ROLES) - 2
    assert db.db.get_value(doctype, made.name, "disabled") == 0


@pytest.mark.parametrize(
    ("doctype", "values", "error"),
    [
        ("UOM", {"uom_name": None}, "ValidationError"),
        ("UOM", {"uom_name": "x" * 41}, "CharacterLengthExceededError"),
        ("UOM", {"uom_name": "Neg", "decimals": -1}, "NonNegativeError"),
        ("Department", {"department_name": "Dept", "manager": "nobody@demo.example"}, "LinkValidationError"),
        ("Warehouse", {"warehouse_name": "Wh", "warehouse_kind": "Attic"}, "ValidationError"),
        ("Warehouse", {"warehouse_name": "Wh", "supplier": "nobody"}, "LinkValidationError"),
        ("Warehouse", {"warehouse_name": "Wh", "warehouse_kind": "At Subcontractor"}, "ValidationError"),
    ],
)
def test_bad_masters_are_refused(db, doctype, values, error):
    with pytest.raises(getattr(db.exceptions, error)):
        db.get_doc({"doctype": doctype, **values}).insert()


def test_settings_are_kept_by_the_rule_administrator(db):
    assert db.db.get_single_value("Purchasing Settings", "base_currency")
    settings = db.get_doc("Purchasing Settings")
    with hosts.as_user("Purchaser"), pytest.raises(db.PermissionError):
        settings.base_currency = "USD"
        settings.save()
    with hosts.as_user("Rule Administrator"), pytest.raises(db.LinkValidationError):
        settings.base_currency = "XXQ"
        settings.save()


@pytest.mark.parametrize("role", hosts.ROLES)
def test_every_role_can_choose_a_currency(db, role):
    with hosts.as_user(role):
        assert db.has_permission("Currency", "read")
        assert db.has_permission("Supplier", "read")


def test_seeding_again_changes_nothing(db):
    from erp_rules.masters.install import seed

    db.db.set_single_value("Purchasing Settings", "rate_valid_days", 7)
    before = db.db.count("Custom DocPerm")
    seed()
    assert db.db.get_single_value("Purchasing Settings", "rate_valid_days") == 7
    assert db.db.count("Custom DocPerm") == before


def test_maker_helpers_make_what_they_say(db):
    assert making.approved_supplier().status == "Approved"
    assert making.stopped_supplier("Eliminate").status == "Eliminated"
