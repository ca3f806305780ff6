"""Cases 97 to 102: reports, jobs, installing and migrating, customisation, numbers and messages."""

from __future__ import annotations

import datetime
import sys
import types

import frappe
import pytest
from frappe.utils import add_days, add_months, cint, flt, fmt_money, getdate, rounded
from frappe.utils.background_jobs import execute_job, is_job_enqueued

import hosts
from conformance import scratch_app
from conformance.probes import (
    NOBODY,
    NOTE,
    READER_USER,
    WRITER,
    WRITER_USER,
    hook,
    note,
    stored,
    supplier,
)

# --- 97 reports ------------------------------------------------------------------------------


@pytest.fixture
def report(clean_caches):
    """Function that makes a Script Report on Probe Note whose `execute` is the given function."""
    modules = []

    def make(execute, name="Probe Report", **values):
        module = types.ModuleType("frappe.custom.report.probe_report.probe_report")
        module.execute = execute
        sys.modules[module.__name__] = module
        modules.append(module.__name__)
        frappe.flags.in_import = True  # a bench in developer mode would write files
        doc = frappe.get_doc(
            {
                "doctype": "Report",
                "report_name": name,
                "ref_doctype": NOTE,
                "report_type": "Script Report",
                "is_standard": "Yes",
                "module": "Custom",
                "roles": [{"role": WRITER}],
                **values,
            }
        ).insert()
        frappe.flags.in_import = False
        return doc.name

    yield make
    for name in modules:
        sys.modules.pop(name, None)


def run(name, **filters):
    """Run a report as a screen does."""
    from frappe.desk.query_report import run as run_report

    return run_report(name, filters=filters)


def test_case_097_report_columns_rows_and_total(report):
    asked = []

    def execute(filters=None):
        asked.append(filters)
        columns = [
            {"label": "Item Code", "fieldtype": "Link", "options": "Probe Supplier", "width": 120},
            {"fieldname": "amount", "label": "Amount", "fieldtype": "Currency"},
            {"label": "Qty", "fieldtype": "Float", "width": 80},
        ]
        rows = [["a", 10.5, 1], ["b", 20, 2.0]]
        return columns, rows, "note", {"type": "bar"}, [{"value": 1}]

    supplier("a")
    supplier("b")
    answer = run(report(execute, add_total_row=1), day="2024-01-01")
    assert asked == [{"day": "2024-01-01"}]
    assert [column["fieldname"] for column in answer["columns"]] == ["item_code", "amount", "qty"]
    first = answer["columns"][0]
    assert (first["label"], first["fieldtype"], first["options"], str(first["width"])) == (
        "Item Code",
        "Link",
        "Probe Supplier",
        "120",
    )
    assert answer["result"] == [
        {"item_code": "a", "amount": 10.5, "qty": 1},
        {"item_code": "b", "amount": 20, "qty": 2.0},
        ["Total", 30.5, 3.0],
    ]
    assert (answer["message"], answer["chart"], answer["report_summary"]) == (
        "note",
        {"type": "bar"},
        [{"value": 1}],
    )
    assert (answer["skip_total_row"], answer["status"]) == (0, None)
    assert answer["add_total_row"]


def test_case_097_short_results_are_filled_up(report):
    answer = run(report(lambda filters=None: ([], [])))
    assert (answer["result"], answer["columns"], answer["message"], answer["chart"]) == ([], [], None, None)


def test_case_097_report_needs_its_role_and_the_report_permission(report, as_user):
    name = report(lambda filters=None: ([{"label": "A", "fieldtype": "Data"}], [["x"]]))
    with as_user(WRITER_USER):
        assert run(name)["result"] == [{"a": "x"}]
    with as_user(NOBODY), pytest.raises(frappe.PermissionError, match="You don't have access to Report"):
        run(name)
    frappe.get_doc("Report", name).append("roles", {"role": "Probe Reader"}).insert()
    with as_user(READER_USER), pytest.raises(frappe.PermissionError, match="permission to get a report on"):
        run(name)


# --- 98 jobs ---------------------------------------------------------------------------------


def test_case_098_now_runs_in_the_open_transaction():
    def probe_job(name):
        note(name)
        return "done"

    assert frappe.enqueue(hook(probe_job), now=True, name="N-job") == "done"
    assert stored(NOTE, "N-job", "name") == "N-job"
    frappe.db.rollback()
    assert stored(NOTE, "N-job", "name") is None


def test_case_098_after_commit_and_deduplicate():
    job_id = hosts.unique("probe-job")
    assert frappe.enqueue("frappe.ping", job_id=job_id, enqueue_after_commit=True) is None
    frappe.db.rollback()
    assert not is_job_enqueued(job_id)
    assert frappe.enqueue("frappe.ping", job_id=job_id, enqueue_after_commit=True) is None
    frappe.db.commit()
    assert is_job_enqueued(job_id)
    assert frappe.enqueue("frappe.ping", job_id=job_id, deduplicate=True) is None
    with pytest.raises(frappe.ValidationError, match=r"^`job_id` paramater is required for deduplication.$"):
        frappe.enqueue("frappe.ping", deduplicate=True)


def test_case_098_job_commits_or_rolls_back_with_an_error_log(committed, capsys):
    title = hosts.unique("probe job fails")

    def probe_good_job(name):
        return note(name).name

    def probe_bad_job(name):
        note(name)
        raise ValueError(title)

    site = frappe.local.site
    good, bad = hook(probe_good_job), hook(probe_bad_job)
    assert execute_job(site, good, None, "good", {"name": "N-good"}, is_async=False) == "N-good"
    frappe.db.rollback()
    assert stored(NOTE, "N-good", "name") == "N-good"
    with pytest.raises(ValueError, match=title):
        execute_job(site, bad, None, "bad", {"name": "N-bad"}, is_async=False)
    frappe.db.rollback()
    assert stored(NOTE, "N-bad", "name") is None
    logs = frappe.get_all("Error Log", filters={"error": ["like", f"%{title}%"]}, pluck="name")
    assert len(logs) == 1
    frappe.db.delete("Error Log", {"name": logs[0]})


# --- 99 install and migrate ------------------------------------------------------------------


def test_case_099_install_and_migrate_order(site, tmp_path, capsys, clean_caches):
    from frappe.installer import install_app
    from frappe.migrate import SiteMigration

    scratch_app.write(tmp_path)
    with scratch_app.on_the_bench(tmp_path):
        install_app(scratch_app.APP)
        from erp_conformance_app import steps

        nothing = dict.fromkeys(("doctype", "second_field", "fixture", "job", "installed"), False)
        assert steps.seen == [
            {"step": "before_install", **nothing},
            {"step": "after_install", **nothing, "doctype": True, "installed": True},
            {
                "step": "after_sync",
                "doctype": True,
                "second_field": False,
                "fixture": True,
                "job": True,
                "installed": True,
            },
        ]
        marked = frappe.get_all(
            "Patch Log", filters={"patch": ["like", f"%{scratch_app.APP}%"]}, pluck="patch"
        )
        assert marked == [f"{scratch_app.APP}.patches.at_install_pre"]

        del steps.seen[:]
        frappe.db.delete("Role", {"name": scratch_app.ROLE})
        frappe.db.commit()
        scratch_app.next_version(tmp_path)
        try:
            SiteMigration(skip_search_index=True).run(None)
        finally:
            site.disconnect()
            site.connect()
        assert [(row["step"], row["second_field"], row["fixture"]) for row in steps.seen] == [
            ("before_migrate", False, False),
            ("patch later_pre", False, False),
            ("patch later_post", True, False),
            ("execute line", True, False),
            ("after_migrate", True, True),
        ]


# --- 100 customisation -----------------------------------------------------------------------


def test_case_100_custom_fields_and_property_setters_change_inserts(committed):
    extra = {"fieldname": "probe_extra", "label": "Probe Extra", "fieldtype": "Data", "insert_after": "code"}
    frappe.get_doc({"doctype": "Custom Field", "dt": NOTE, **extra}).insert()
    hosts.forget_request_state()  # a running request keeps the columns it knows
    try:
        fieldnames = [field.fieldname for field in frappe.get_meta(NOTE).fields]
        assert fieldnames[fieldnames.index("code") + 1] == "probe_extra"
        note("N-1", probe_extra="kept")
        assert stored(NOTE, "N-1", "probe_extra") == "kept"
        frappe.db.commit()
        mandatory = {"property": "reqd", "value": "1", "property_type": "Check"}
        place = {"doctype_or_field": "DocField", "doc_type": NOTE, "field_name": "probe_extra"}
        setter = frappe.get_doc({"doctype": "Property Setter", **place, **mandatory}).insert()
        assert setter.name == f"{NOTE}-probe_extra-reqd"
        assert frappe.get_meta(NOTE).get_field("probe_extra").reqd == 1
        with pytest.raises(frappe.MandatoryError, match="probe_extra"):
            note("N-2")
    finally:
        frappe.db.rollback()
        frappe.delete_doc("Custom Field", f"{NOTE}-probe_extra")
        frappe.db.commit()
        frappe.clear_cache(doctype=NOTE)
    assert frappe.get_meta(NOTE).get_field("probe_extra") is None
    assert frappe.db.exists("Property Setter", f"{NOTE}-probe_extra-reqd") is None
    assert stored(NOTE, "N-1", "probe_extra") == "kept"


# --- 101 numbers and dates -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("Banker's Rounding (legacy)", [0.13, 2, 2.68, 1.01]),
        ("Commercial Rounding", [0.13, 3.0, 2.68, 1.01]),
    ],
)
def test_case_101_rounding_methods(method, expected):
    values = [(0.125, 2), (2.5, 0), (2.675, 2), (1.005, 2)]
    assert [rounded(value, digits, rounding_method=method) for value, digits in values] == expected
    assert [flt(value, digits, rounding_method=method) for value, digits in values] == expected


def test_case_101_numbers_from_text():
    assert flt("1,234.5") == 1234.5
    assert flt("12%") == 0
    assert flt(None) == 0.0
    assert cint("1,000") == 0
    assert cint("5.9") == 5
    assert cint("abc") == 0


def test_case_101_dates():
    assert getdate("2024-02-29") == datetime.date(2024, 2, 29)
    assert getdate("31-12-2024") == datetime.date(2024, 12, 31)
    assert getdate("12/31/2024") == datetime.date(2024, 12, 31)
    assert getdate("0001-01-01") is None
    with pytest.raises(frappe.ValidationError) as error:
        getdate("garbage")
    assert str(error.value) == "<strong>garbage</strong> is not a valid date string."
    assert add_days("2024-02-28", 2) == "2024-03-01"
    assert add_days(datetime.date(2024, 2, 28), 2) == datetime.date(2024, 3, 1)
    assert add_months("2024-01-31", 1) == "2024-02-29"
    assert add_months(datetime.date(2024, 1, 31), 1) == datetime.date(2024, 2, 29)


def test_case_101_money():
    assert fmt_money(1234567.891) == "1,234,567.89"
    assert fmt_money(-5) == "-5.00"
    assert fmt_money(1234.5, precision=0) == "1,234"
    assert fmt_money(1234567.5, format="#.###,##") == "1.234.567,50"


# --- 102 messages and calls ------------------------------------------------------------------


def test_case_102_message_log():
    frappe.clear_messages()
    frappe.msgprint("hello", title="Greeting", indicator="green", alert=True)
    with pytest.raises(frappe.ValidationError, match=r"^stop$"):
        frappe.throw("stop")
    with pytest.raises(frappe.PermissionError, match=r"^not you$"):
        frappe.throw("not you", frappe.PermissionError, title="Refused")
    shown, stopped, refused = frappe.message_log
    assert shown == {"message": "hello", "title": "Greeting", "indicator": "green", "alert": 1}
    assert {key: stopped[key] for key in ("message", "title", "indicator", "raise_exception")} == {
        "message": "stop",
        "title": "Message",
        "indicator": "red",
        "raise_exception": 1,
    }
    assert (refused["message"], refused["title"]) == ("not you", "Refused")
    frappe.clear_messages()
    frappe.flags.mute_messages = True
    frappe.msgprint("unheard")
    assert frappe.message_log == []


def test_case_102_call_drops_what_the_function_does_not_take():
    def plain(a, b=2):
        return a, b

    def greedy(**kwargs):
        return kwargs

    assert frappe.call(plain, a=1, unknown=3) == (1, 2)
    assert frappe.call(greedy, a=1, ignore_permissions=True, flags={"x": 1}) == {"a": 1}
