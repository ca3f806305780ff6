"""Exported lists: good lines are taken through ordinary saves, the others refused by line and column."""

from __future__ import annotations

import json

import pytest

from erp_rules.api import imports
from hosts import ROOT, as_user

FIXTURES = ROOT / "fixtures"


def run(doctype: str, text: str, **options) -> imports.Report:
    return imports.import_content(doctype, text.encode(), "list.csv", **options)


def found(report: imports.Report) -> list[tuple]:
    return [(e.line, e.column, e.found) for e in report.errors]


@pytest.fixture
def uom(db):
    """A unit that only this test knows."""
    if not db.db.exists("UOM", "imp-pcs"):
        db.get_doc({"doctype": "UOM", "uom_name": "imp-pcs", "uom_name_zh": "导个", "decimals": 0}).insert()
    return "imp-pcs"


def items(*lines: str) -> str:
    return "\n".join(["料号,品名,规格,料件类别,库存单位,样品状态", *lines])


def test_good_lines_are_taken_and_bad_ones_named(db, uom):
    report = run(
        "Item",
        items(
            "IMP-1,螺丝,M4,零件,导个,已确认",
            "IMP-2,螺母,M4,五金,导个,已确认",
            "ＩＭＰ－３, 垫圈 ,M4,零件,IMP-PCS,已确认",
            "IMP-4,,M4,零件,箱,已确认",
        ),
    )
    assert (report.lines, report.inserted, report.refused_lines) == (4, 2, 2)
    assert found(report) == [(3, "料件类别", "五金"), (5, "库存单位", "箱")]
    assert db.db.get_value("Item", "IMP-3", ["item_name", "stock_uom"]) == ("垫圈", "imp-pcs")
    assert not db.db.exists("Item", "IMP-2")


def test_same_file_again_changes_nothing(db, uom):
    text = items("IMP-1,螺丝,M4,零件,导个,已确认", "IMP-2,螺母,M4,零件,导个,待确认")
    run("Item", text)
    modified = db.db.get_value("Item", "IMP-1", "modified")
    again = run("Item", text)
    assert (again.inserted, again.updated, again.unchanged, again.errors) == (0, 0, 2, [])
    assert db.db.get_value("Item", "IMP-1", "modified") == modified


def test_changed_line_updates_only_what_differs(db, uom):
    run("Item", items("IMP-1,螺丝,M4,零件,导个,已确认", "IMP-2,螺母,M4,零件,导个,已确认"))
    report = run("Item", items("IMP-1,螺丝,M5,零件,导个,已确认", "IMP-2,螺母,M4,零件,导个,已确认"))
    assert (report.updated, report.unchanged) == (1, 1)
    assert db.db.get_value("Item", "IMP-1", "specification") == "M5"


def test_dry_run_keeps_nothing(db, uom):
    report = run("Item", items("IMP-1,螺丝,M4,零件,导个,已确认"), dry_run=True)
    assert report.inserted == 1
    assert not db.db.exists("Item", "IMP-1")


def test_repeated_and_contradicting_lines(db, uom):
    report = run(
        "Item",
        items(
            "IMP-1,螺丝,M4,零件,导个,已确认",
            "imp-1,螺丝,M4,零件,导个,已确认",
            "IMP-1,螺丝,M6,零件,导个,已确认",
        ),
    )
    assert (report.inserted, report.repeated_lines) == (1, 1)
    assert found(report) == [(4, "规格", "M6")]
    assert "M4 as in line 2" in report.errors[0].expected


def test_title_line_unknown_columns_and_blank_lines(db, uom):
    text = "料件清单,,\n,,\n料号,品名,料件类别,库存单位,颜色\nIMP-1,螺丝,零件,导个,红\n,,,,\n"
    report = run("Item", text)
    assert (report.lines, report.inserted) == (1, 1)
    assert any("颜色" in note for note in report.notes)


def test_file_without_its_titles_is_refused(db):
    with pytest.raises(db.ValidationError, match="column titles"):
        run("Item", "A,B\n1,2\n")


def test_status_that_the_system_decides_is_not_taken(db):
    text = "供应商代码,供应商名称,供应商类别,联系人,电话,状态\nIMP-S1,导入厂,国内,业务部,0769-55500100,合格\n"
    report = run("Supplier", text)
    assert report.inserted == 1
    assert db.db.get_value("Supplier", "IMP-S1", "status") == "Prospective"
    assert db.get_doc("Supplier", "IMP-S1").contacts[0].contact_name == "业务部"


def test_permission_comes_first(db, uom):
    with as_user("Warehouse Keeper"), pytest.raises(db.PermissionError):
        run("Item", items("IMP-1,螺丝,M4,零件,导个,已确认"))
    with as_user("Purchaser"), pytest.raises(db.ValidationError, match="cannot be imported"):
        run("User", "email\nx@demo.example\n")
    assert not db.db.exists("Item", "IMP-1")


def test_fields_above_the_users_level_stay_as_they_are(db, uom):
    run("Item", items("IMP-1,螺丝,M4,零件,导个,已确认"))
    with as_user("Engineer"):
        run("Item", "料号,规格,标准成本\nIMP-1,M9,99\n")
    assert db.db.get_value("Item", "IMP-1", ["specification", "standard_cost"]) == ("M9", 0)


@pytest.mark.clause("4.2.7")
def test_clauses_count_for_imports_too(db, uom):
    """Quotes become one draft; a second import for the same item cannot make a second price approval."""
    for code in ("IMP-S1", "IMP-S2"):
        run("Supplier", f"供应商代码,供应商名称,供应商类别\n{code},导入{code},国内\n")
    run("Item", items("IMP-1,螺丝,M4,零件,导个,已确认"))
    text = (
        "料号,价格类别,工序,供应商代码,币别,单价,选定\n"
        'IMP-1,采购,,IMP-S1,人民币,"1,000.5",是\n'
        "IMP-1,采购,,IMP-S2,CNY,面议,否\n"
        "IMP-1,托工,,IMP-S2,CNY,3,否\n"
    )
    with as_user("Purchaser"):
        report = run("Price Approval", text)
        assert report.inserted == 1
        assert [(e.line, e.clause) for e in report.errors] == [(3, ""), (4, "4.2.7")]
        again = run("Price Approval", text)
    assert (again.inserted, again.unchanged) == (0, 1)
    name = db.db.get_value("Price Approval", {"item": "IMP-1"})
    quotes = db.get_doc("Price Approval", name).quotes
    assert [(q.supplier, q.rate) for q in quotes] == [("IMP-S1", 1000.5)]


def test_uploaded_file_by_rest(db, uom, http, unique):
    db.db.commit()
    code = unique("IMP")
    content = items(f"{code},螺丝,M4,零件,导个,已确认", "X,螺丝,M4,零件,无,已确认").encode()
    file = db.get_doc(
        {"doctype": "File", "file_name": f"{code}.csv", "content": content, "is_private": 1}
    ).insert()
    client = http.token("Administrator")
    arguments = {"doctype": "Item", "file_url": file.file_url}
    try:
        checked = client.post("/api/method/erp_rules.api.imports.check_file", json=arguments)
        assert checked.status_code == 200, checked.text
        assert checked.json["message"]["inserted"] == 1
        assert not db.db.exists("Item", code)
        done = client.post("/api/method/erp_rules.api.imports.import_file", json=arguments)
        assert (done.json["message"]["inserted"], done.json["message"]["refused_lines"]) == (1, 1)
        assert db.db.exists("Item", code)
        got = client.get("/api/method/erp_rules.api.imports.import_file", query_string=arguments)
        assert got.status_code == 403
        wrong = client.post(
            "/api/method/erp_rules.api.imports.import_file", json={"doctype": ["Item"], "file_url": 1}
        )
        assert wrong.status_code == 417
        json.dumps(done.json)
    finally:
        for doctype, name in (("Item", code), ("File", file.name)):
            db.delete_doc(doctype, name, force=True, ignore_permissions=True)
        db.db.commit()


FILES = (
    # doctype, file, inserted, refused lines, lines that repeat another
    ("UOM", "uoms.csv", 12, {15, 16}, 1),
    ("Department", "departments.csv", 11, set(), 1),
    ("Supplier", "suppliers.csv", 42, {17, 28, 33, 36, 39}, 1),
    ("Warehouse", "warehouses.csv", 11, {13, 14}, 0),
    ("Item", "items.csv", 300, {42, 77, 122, 152, 182, 202, 224, 242, 313}, 1),
    ("Exchange Rate", "exchange_rates.csv", 56, {14, 22, 29, 35, 63}, 1),
)


def test_demo_companys_files_are_taken_as_described(db):
    """The literal numbers of fixtures/README.md, on a site that does not have the company yet."""
    if db.db.exists("Supplier", "S-0101"):
        pytest.skip("this site already has the demo company, whose files would change nothing")
    for doctype, file, inserted, refused, repeated in FILES:
        report = imports.import_content(doctype, (FIXTURES / file).read_bytes(), file)
        # what earlier tests had to leave on the site (a unit, a currency) is changed instead of made
        assert report.inserted + report.updated + report.unchanged == inserted, (file, found(report))
        assert report.inserted >= inserted - 1, (file, found(report))
        assert {e.line for e in report.errors} == refused, (file, found(report))
        assert report.repeated_lines == repeated, file
    costs = imports.import_content("Item", (FIXTURES / "item_costs.csv").read_bytes(), "item_costs.csv")
    assert (costs.updated, {e.line for e in costs.errors}) == (118, {17, 32})
    assert db.db.get_value("Supplier", "S-0106", ["supplier_name", "currency"]) == (
        "深圳市恒塑化工贸易有限公司",
        "CNY",
    )
