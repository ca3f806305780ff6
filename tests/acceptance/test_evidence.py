"""The evidence pack of an order: what is in it, who may have it, and that it can be checked (rulebook 6)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import change_order_world as changing
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world

import hosts

pytestmark = pytest.mark.usefixtures("db")

ORDER = "Purchase Order"
DOWNLOAD = "/api/method/erp_rules.api.evidence.download"
VERIFY = "/api/method/erp_rules.api.evidence.verify"


def bought(qty: float = 100):
    """Return an order bought through a posted price approval, delivered with too much, inspected and given back in part."""
    import frappe

    approval = prices.posted()
    supplier = approval.quotes[0].supplier
    world.list_supplier(supplier)
    wanted = ordering.approved((approval.item, qty))
    order = ordering.move(ordering.make(ordering.line(wanted.items[0], supplier))[0])
    receipt = world.posted(order, qty + 5, qty - 3)
    back = world.returned(world.give_back(order, 3))
    return frappe._dict(
        order=frappe.get_doc(ORDER, order.name),
        approval=approval,
        requisition=wanted,
        receipt=receipt,
        back=back,
    )


def pack(order: str, role: str = "Purchaser", language: str = "en"):
    """Return the pack of an order as somebody with this role gets it."""
    import frappe

    from erp_rules.procurement.evidence import collecting, delivering

    frappe.local.lang = language
    try:
        with hosts.as_user(role):
            return delivering.make(collecting.collect(order))
    finally:
        frappe.local.lang = "en"


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def data(files: dict[str, bytes], doctype: str, name: str) -> dict:
    return json.loads(files[f"documents/{doctype}/{name}.json"])


def repacked(content: bytes, **changes) -> bytes:
    """Return the pack with other contents for some of its paths; None leaves a file out."""
    files = {**unpacked(content), **changes}
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for path, value in files.items():
            if value is not None:
                archive.writestr(path, value)
    return stored.getvalue()


# --- content ---------------------------------------------------------------------------------


def test_everything_behind_an_order_is_in_its_pack():
    import frappe

    bought_goods = bought()
    order = bought_goods.order
    files = unpacked(pack(order.name).content)
    over = frappe.db.get_value("Over Delivery", {"purchase_order": order.name})
    for doctype, name in (
        (ORDER, order.name),
        ("Price Approval", bought_goods.approval.name),
        ("Purchase Requisition", bought_goods.requisition.name),
        ("Purchase Receipt", bought_goods.receipt.name),
        ("Purchase Return", bought_goods.back.name),
        ("Over Delivery", over),
    ):
        assert data(files, doctype, name)["name"] == name
        assert f"documents/{doctype}/{name}.html" in files
    quotes = data(files, "Price Approval", bought_goods.approval.name)["quotes"]
    assert [quote["rate"] for quote in quotes] == [9.5, 10, 11]
    counted = data(files, "Purchase Receipt", bought_goods.receipt.name)
    assert [(row["counted_qty"], row["accepted_qty"]) for row in counted["items"]] == [(105, 97)]
    assert [row["accepted_qty"] for row in counted["inspections"]] == [97]
    ledger = json.loads(files["tables/Material Ledger Entry.json"])
    assert {row["voucher"] for row in ledger} == {bought_goods.receipt.name, bought_goods.back.name}
    assert sum(row["qty"] for row in ledger) == 105 - 3
    prices_paid = json.loads(files["tables/Item Supplier Price.json"])
    assert [row["name"] for row in prices_paid] == [order.items[0].price_row]
    assert order.name in files[f"prints/{order.name}.html"].decode()
    summary = json.loads(files["pack.json"])
    assert summary["withheld"] == [] and summary["order"] == order.name


def test_a_change_order_is_in_the_packs_of_the_order_that_it_closed_and_of_the_new_one():
    import frappe

    order = changing.order(100)
    engineering = changing.of_kind("Item Change", order)
    change = changing.execute(changing.approve(engineering))
    for name in (order.name, change.new_order):
        files = unpacked(pack(name).content)
        kept = data(files, "Purchase Change Order", change.name)
        assert kept["workflow_state"] == "Executed"
        assert [step["to_state"] for step in kept["history"]["steps"]][-2:] == ["Approved", "Executed"]
        assert [row["new_item"] for row in kept["lines"]] == [change.lines[0].new_item]
        assert f"documents/Engineering Change Notice/{change.engineering_change_notice}.json" in files
    assert frappe.db.get_value(ORDER, order.name, "closed_by_change") == change.name


def test_the_pack_says_who_approved_what_for_whom_and_when():
    import frappe

    approval = prices.reviewed(first=ordering.today())
    with hosts.as_user("Top Executive"):
        frappe.get_doc(
            {
                "doctype": "Delegation",
                "from_user": hosts.user_for("Top Executive"),
                "to_user": hosts.user_for("Division Head"),
                "from_time": frappe.utils.add_to_date(frappe.utils.now_datetime(), hours=-1),
                "to_time": frappe.utils.add_to_date(frappe.utils.now_datetime(), hours=2),
                "roles": [{"role": "Top Executive"}],
                "reason": "travelling",
            }
        ).insert()
    prices.act(approval, "Approve", "Division Head", on_behalf_of=hosts.user_for("Top Executive"))
    prices.act(approval, "Post", "Finance Officer")
    approval.reload()
    wanted = ordering.approved((approval.item, 10))
    order = ordering.move(ordering.make(ordering.line(wanted.items[0], approval.quotes[0].supplier))[0])
    files = unpacked(pack(order.name).content)
    steps = data(files, "Price Approval", approval.name)["history"]["steps"]
    approved = next(step for step in steps if step["action"] == "Approve")
    assert (approved["user"], approved["on_behalf_of"], approved["from_state"], approved["to_state"]) == (
        hosts.user_for("Division Head"),
        hosts.user_for("Top Executive"),
        "Executive Approval",
        "Approved",
    )
    index = files["index.html"].decode()
    assert "division.head · on behalf of top.executive" in index
    ordered = [step["to_state"] for step in data(files, ORDER, order.name)["history"]["steps"]]
    assert ordered[-3:] == ["Manager Approval", "Approved", "Issued"]


def test_the_version_log_deadlines_and_clause_events_are_in_the_pack():
    import frappe

    draft = ordering.order()
    prices.edit(draft, "Purchaser", remarks="by ship")
    order = ordering.move(frappe.get_doc(ORDER, draft.name))
    frappe.db.commit()
    history = data(unpacked(pack(order.name).content), ORDER, order.name)["history"]
    changed = [row for version in history["versions"] for row in version["data"]["changed"]]
    assert ["remarks", None, "by ship"] in changed or ["remarks", "", "by ship"] in changed
    assert {row["clause"] for row in history["deadlines"]} == {"4.4.4"}
    assert history["first_values"][0]["data"]["supplier"] == order.supplier
    page = unpacked(pack(order.name).content)[f"documents/{ORDER}/{order.name}.html"].decode()
    assert "by ship" in page and "4.4.4" in page


def test_attachments_are_in_the_pack_with_safe_names_of_their_own():
    import frappe

    order = ordering.order()
    for content in ("one", "two"):
        frappe.get_doc(
            {
                "doctype": "File",
                "file_name": "报价 ..：a.txt",
                "content": content,
                "is_private": 1,
                "attached_to_doctype": ORDER,
                "attached_to_name": order.name,
            }
        ).insert(ignore_permissions=True)
    files = unpacked(pack(order.name).content)
    attached = sorted(path for path in files if path.startswith("attachments/"))
    own = [path for path in attached if path.startswith(f"attachments/{ORDER}/{order.name}/")]
    assert len(own) == 2 and {files[path] for path in own} == {b"one", b"two"}
    assert not any(part in ("..", ".", "") for path in files for part in path.split("/"))


def test_a_file_that_is_no_longer_on_the_disk_is_named():
    import frappe

    order = ordering.order()
    file = frappe.get_doc(
        {
            "doctype": "File",
            "file_name": f"{hosts.unique('gone')}.txt",
            "content": hosts.unique("gone"),
            "is_private": 1,
            "attached_to_doctype": ORDER,
            "attached_to_name": order.name,
        }
    ).insert(ignore_permissions=True)
    Path(file.get_full_path()).unlink()
    summary = json.loads(unpacked(pack(order.name).content)["pack.json"])
    assert [row["url"] for row in summary["missing_files"]] == [file.file_url]


def test_script_in_a_document_stays_text():
    order = ordering.order()
    prices.edit(order, "Purchaser", remarks="x <b onclick=alert(1)>y</b> & <i>z</i>")
    files = unpacked(pack(order.name).content)
    pages = [content.decode() for path, content in files.items() if path.endswith(".html")]
    assert pages and not any("<script" in page.lower() for page in pages)
    assert not any("<b onclick" in page for page in pages)


def test_the_same_state_gives_the_same_bytes_and_another_state_does_not():
    order = ordering.issued()
    first = pack(order.name).content
    assert pack(order.name).content == first
    order.add_comment("Comment", "asked by phone")
    assert pack(order.name).content != first


def test_the_index_speaks_the_readers_language():
    order = ordering.issued()
    chinese = unpacked(pack(order.name, language="zh").content)["index.html"].decode()
    assert '<html lang="zh">' in chinese
    for text in ("证据包", "采购单", "供应商", "审批及其他步骤", "原因", "任何人都可"):
        assert text in chinese, text
    assert "Evidence pack" not in chinese and "Approvals" not in chinese


# --- checksums -------------------------------------------------------------------------------


def test_the_manifest_names_the_checksum_of_every_file_and_anybody_can_check_it(tmp_path):
    made = pack(ordering.issued().name)
    files = unpacked(made.content)
    for path, content in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    manifest = files["MANIFEST.txt"]
    promised = dict(reversed(line.split("  ", 1)) for line in manifest.decode().splitlines())
    assert promised.keys() == files.keys() - {"MANIFEST.txt", "MANIFEST.txt.sha256"}
    assert promised["index.html"] == hashlib.sha256(files["index.html"]).hexdigest()
    assert hashlib.sha256(manifest).hexdigest() == made.digest
    for listed in ("MANIFEST.txt.sha256", "MANIFEST.txt"):
        checked = subprocess.run(
            ["sha256sum", "--strict", "-c", listed], cwd=tmp_path, capture_output=True, timeout=60
        )
        assert checked.returncode == 0, checked.stdout
    (tmp_path / "index.html").write_text("other")
    checked = subprocess.run(
        ["sha256sum", "-c", "MANIFEST.txt"], cwd=tmp_path, capture_output=True, timeout=60
    )
    assert checked.returncode != 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"index.html": b"other"}, [("index.html", "Changed")]),
        ({"index.html": None}, [("index.html", "Missing")]),
        ({"more.txt": b"more"}, [("more.txt", "Not in the manifest")]),
        ({"MANIFEST.txt.sha256": None}, [("MANIFEST.txt", "Changed")]),
    ],
)
def test_a_pack_that_was_tampered_with_is_found_out(change, expected):
    from erp_rules.procurement.evidence import delivering

    made = pack(ordering.issued().name)
    assert delivering.verify(made.content)["is_intact"]
    told = delivering.verify(repacked(made.content, **change))
    assert not told["is_intact"]
    assert [(row["file"], row["problem"]) for row in told["problems"]] == expected


def test_a_pack_with_a_manifest_made_anew_is_not_ours():
    from erp_rules.procurement.evidence import delivering, packing

    made = pack(ordering.issued().name)
    files = unpacked(made.content)
    del files["MANIFEST.txt"], files["MANIFEST.txt.sha256"]
    forged, _digest = packing._sealed({**files, "index.html": b"other"})
    told = delivering.verify(forged)
    assert (told["problems"], told["is_ours"], told["is_intact"], told["order"]) == ([], False, False, None)


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_what_is_no_pack_is_refused(content):
    import frappe

    from erp_rules.procurement.evidence import delivering

    if content is None:
        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w") as archive:
            archive.writestr("a.txt", "a")
        content = stored.getvalue()
    with pytest.raises(frappe.ValidationError):
        delivering.verify(content)


# --- who may have it -------------------------------------------------------------------------


@pytest.mark.parametrize("role", hosts.ROLES)
def test_who_may_read_the_order_gets_its_pack_and_nobody_else(role):
    import frappe

    order = ordering.issued()
    with hosts.as_user(role):
        may_read = frappe.has_permission(ORDER, "read", doc=order.name)
    if may_read:
        assert pack(order.name, role).file_count > 3
        return
    with pytest.raises(frappe.PermissionError):
        pack(order.name, role)


def test_who_may_not_read_a_document_finds_only_its_number():
    bought_goods = bought()
    order, approval = bought_goods.order.name, bought_goods.approval.name
    files = unpacked(pack(order, "Warehouse Keeper").content)
    withheld = json.loads(files["pack.json"])["withheld"]
    assert ["Price Approval", approval] in withheld
    assert ["Item Supplier Price", bought_goods.order.items[0].price_row] in withheld
    assert not any(
        path.startswith(("documents/Price Approval", "attachments/Price Approval")) for path in files
    )
    assert "tables/Item Supplier Price.json" not in files
    assert approval in files["index.html"].decode()


def test_the_cost_of_an_item_is_only_for_who_may_read_it():
    import frappe

    order = ordering.issued()
    frappe.db.set_value("Item", order.items[0].item, "standard_cost", 7.77)

    def cost(role):
        rows = json.loads(unpacked(pack(order.name, role).content)["tables/Item.json"])
        return rows[0].get("standard_cost", "withheld")

    assert cost("Cost Accountant") == 7.77
    assert cost("Purchaser") == "withheld"


def test_a_user_permission_hides_orders_and_what_belongs_to_other_suppliers():
    import frappe

    bought_goods = bought()
    order = bought_goods.order
    user = hosts.user_for("Purchaser", 2)
    other = prices.supplier()

    def only(supplier):
        frappe.get_doc(
            {"doctype": "User Permission", "user": user, "allow": "Supplier", "for_value": supplier}
        ).insert(ignore_permissions=True)
        frappe.clear_cache(user=user)

    only(other)
    try:
        with pytest.raises(frappe.PermissionError):
            pack(order.name, user)
        only(order.supplier)
        withheld = json.loads(unpacked(pack(order.name, user).content)["pack.json"])["withheld"]
        # its quotes are of suppliers that this purchaser may not see
        assert ["Price Approval", bought_goods.approval.name] in withheld or withheld == []
    finally:
        frappe.db.rollback()
        frappe.clear_cache(user=user)


def test_over_http_a_reader_gets_the_file_and_others_get_403(http):
    import frappe

    order = ordering.issued()
    http.login("Purchaser")
    answer = http.get(DOWNLOAD, query_string={"order": order.name})
    assert answer.status_code == 200 and answer.data[:2] == b"PK"
    assert order.name in answer.headers["Content-Disposition"]
    told = http.post(VERIFY, data={"file": (io.BytesIO(answer.data), "pack.zip")})
    assert told.status_code == 200, told.data
    said = told.get_json()["message"]
    assert (said["is_intact"], said["order"], said["made_for"]) == (
        True,
        order.name,
        hosts.user_for("Purchaser"),
    )
    kept = frappe.get_all(
        "Access Log",
        filters={"reference_document": order.name, "method": "evidence pack"},
        fields=["user", "file_type", "filters"],
    )
    assert [(row.user, row.file_type) for row in kept] == [(hosts.user_for("Purchaser"), "ZIP")]
    assert said["sha256"] in kept[0].filters
    http.login("Receiving Clerk")
    assert http.get(DOWNLOAD, query_string={"order": order.name}).status_code == 403
    prepared = http.post("/api/method/erp_rules.api.evidence.prepare", data={"order": order.name})
    assert prepared.status_code == 403
    assert (
        http.get("/api/method/erp_rules.api.evidence.ready", query_string={"order": order.name}).status_code
        == 403
    )
    http.post("/api/method/logout")
    assert http.get(DOWNLOAD, query_string={"order": order.name}).status_code == 403


# --- many lines, big packs -------------------------------------------------------------------


def order_of(lines: int):
    supplier = prices.supplier()
    items = [ordering.item() for _ in range(lines)]
    for code in items:
        ordering.post(code, (supplier, 10))
    wanted = ordering.approved(*((code, 5) for code in items))
    return ordering.move(ordering.make(*(ordering.line(row, supplier) for row in wanted.items))[0])


def test_queries_do_not_grow_with_the_lines(query_count):
    small, large = order_of(2), order_of(12)
    pack(small.name)  # whatever is read once and kept

    def queries(order):
        with query_count() as counted:
            pack(order.name)
        return counted.count

    assert queries(large) <= queries(small) + 2


@pytest.fixture
def tiny(monkeypatch):
    """Every pack counts as a big one."""
    from erp_rules.procurement.evidence import delivering

    monkeypatch.setattr(delivering, "STREAMED_DOCUMENTS", 0)


def notices(order: str) -> list:
    import frappe

    return frappe.get_all(
        "Notification Log",
        filters={
            "document_name": order,
            "for_user": hosts.user_for("Purchaser"),
            "subject": ["like", "%evidence pack%"],
        },
        fields=["subject", "link"],
    )


def test_a_big_pack_is_made_in_the_background_for_its_reader_alone(tiny, monkeypatch):
    import frappe

    from erp_rules.api import evidence
    from erp_rules.procurement.evidence import delivering

    order = ordering.issued()
    asked = []
    monkeypatch.setattr(frappe, "enqueue", lambda method, **options: asked.append((method, options)))
    with hosts.as_user("Purchaser"):
        with pytest.raises(frappe.ValidationError):
            evidence.download(order.name)
        assert evidence.prepare(order.name)["is_later"]
        (method, options) = asked[0]
        assert options["deduplicate"]
        frappe.get_attr(method)(order=options["order"], language=options["language"])
        (made,) = evidence.ready(order.name)
        content = Path(frappe.get_doc("File", {"file_url": made["file_url"]}).get_full_path()).read_bytes()
        assert delivering.verify(content)["is_intact"]
    (notice,) = notices(order.name)
    assert notice.link == made["file_url"] and made["file_url"].startswith("/private/")
    with hosts.as_user("Purchasing Manager"):
        assert evidence.ready(order.name) == []
        file = frappe.get_doc("File", {"file_url": made["file_url"]})
        assert not file.has_permission("read")


def test_a_pack_that_cannot_be_made_tells_its_reader_and_leaves_no_file(tiny, monkeypatch):
    from erp_rules.procurement.evidence import delivering, packing

    order = ordering.issued().name

    def fail(_collection):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(packing, "pack", fail)
    import frappe

    frappe.db.commit()
    with hosts.as_user("Purchaser"):
        delivering.run(order, "en")
        assert delivering.kept_for_reader(order) == []
    (notice,) = notices(order)
    assert "the disk is full" in notice.subject and not notice.link


KILLED = """
    import os, signal, sys
    sys.path[:0] = {paths!r}
    import hosts
    hosts.prepare_path()
    import frappe
    os.chdir({sites!r})
    frappe.init(site={site!r}, sites_path={sites!r})
    frappe.connect()
    frappe.set_user({user!r})
    from erp_rules.procurement.evidence import delivering
    delivering._tell = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
    delivering.run({order!r}, "en")
"""


def test_a_killed_job_leaves_no_file_no_log_and_no_message(site):
    import frappe

    order = ordering.issued().name
    frappe.db.commit()
    script = textwrap.dedent(KILLED).format(
        paths=[str(hosts.ROOT / "tests")],
        sites=str(site.sites_path),
        site=site.name,
        user=hosts.user_for("Purchaser"),
        order=order,
    )
    done = subprocess.run(
        [sys.executable, "-c", script], timeout=120, env={**os.environ}, capture_output=True
    )
    assert done.returncode == -9, done.stderr.decode()
    frappe.db.rollback()
    assert frappe.get_all("File", filters={"file_name": ["like", f"evidence-{order}%"]}) == []
    assert (
        frappe.get_all("Access Log", filters={"reference_document": order, "method": "evidence pack"}) == []
    )
    assert notices(order) == []


def test_old_packs_of_the_background_are_removed():
    import frappe

    from erp_rules.procurement.evidence import delivering

    order = ordering.issued().name
    with hosts.as_user("Purchaser"):
        delivering.run(order, "en")
        (kept,) = delivering.kept_for_reader(order)
    lost = Path(frappe.get_doc("File", kept.name).get_full_path()).with_name("evidence-lost.zip")
    lost.write_bytes(b"half")  # what a killed process leaves behind
    delivering.remove_old()
    assert frappe.db.exists("File", kept.name) and lost.exists()
    os.utime(lost, (0, 0))
    long_ago = frappe.utils.add_days(frappe.utils.now_datetime(), -31)
    frappe.db.set_value("Access Log", {"report_name": kept.name}, "creation", long_ago, update_modified=False)
    delivering.remove_old()
    assert not frappe.db.exists("File", kept.name) and not lost.exists()


def test_making_a_pack_commits_nothing_of_its_caller():
    import frappe

    order = ordering.issued().name
    frappe.db.commit()
    frappe.db.set_value(ORDER, order, "remarks", "not decided yet", update_modified=False)
    pack(order)
    frappe.db.rollback()
    assert frappe.db.get_value(ORDER, order, "remarks") != "not decided yet"
