"""Sites: made all or nothing, refused when newer, migrated with their patches, removed."""

from __future__ import annotations

import pytest

import hosts

pytestmark = pytest.mark.skipif(
    hosts.HOST != "sqlite",
    reason="makes small sites of its own; the MariaDB suite makes its site the same way",
)


@pytest.fixture
def apart():
    """Keep this thread's `frappe.local` free for sites of the test's own."""
    import threading

    def run(function):
        out = {}

        def target():
            try:
                out["value"] = function()
            except BaseException as error:
                out["error"] = error

        thread = threading.Thread(target=target)
        thread.start()
        thread.join(120)
        if "error" in out:
            raise out["error"]
        return out["value"]

    return run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_site_is_made_and_removed(apart, tmp_path):
    from bench_host.sites import SiteError, create_site, drop_site

    def make():
        return create_site("one.localhost", str(tmp_path), admin_password="secret", apps=())

    assert apart(make) == "secret"
    assert names(tmp_path) == ["apps.txt", "one.localhost"]
    assert (tmp_path / "one.localhost" / "site_config.json").stat().st_mode & 0o077 == 0
    with pytest.raises(SiteError, match="exists already"):
        apart(make)
    apart(lambda: drop_site("one.localhost", str(tmp_path)))
    assert names(tmp_path) == ["apps.txt"]
    with pytest.raises(SiteError, match="There is no site"):
        apart(lambda: drop_site("one.localhost", str(tmp_path)))


def test_failed_creation_leaves_nothing(apart, tmp_path):
    from bench_host.sites import create_site

    with pytest.raises(ModuleNotFoundError):
        apart(lambda: create_site("bad.localhost", str(tmp_path), apps=("no_such_app",)))
    assert names(tmp_path) == ["apps.txt"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "x.partial", "-x", "a" * 65])
def test_bad_site_names_are_refused(apart, tmp_path, name):
    from bench_host.sites import SiteError, create_site

    with pytest.raises(SiteError, match="cannot be a site's name"):
        apart(lambda: create_site(name, str(tmp_path), apps=()))
    assert names(tmp_path) == []


def test_newer_site_is_refused_and_migration_keeps_data(apart, tmp_path):
    from bench_host.sites import SiteError, create_site, migrate_site, open_site

    create = apart(lambda: create_site("two.localhost", str(tmp_path), admin_password="x", apps=()))
    assert create == "x"

    def write():
        import frappe

        open_site("two.localhost", str(tmp_path))
        try:
            name = frappe.get_doc(doctype="ToDo", description="kept").insert().name
            frappe.db.commit()
            return name
        finally:
            frappe.destroy()

    name = apart(write)
    steps = []
    apart(lambda: migrate_site("two.localhost", str(tmp_path), progress=steps.append))
    assert steps

    def read_then_age():
        import frappe

        open_site("two.localhost", str(tmp_path))
        try:
            kept = frappe.db.get_value("ToDo", name, "description")
            frappe.db.sql("update `tabInstalled Application` set `app_version`='99.0.0'")
            frappe.db.commit()
            return kept
        finally:
            frappe.destroy()

    assert apart(read_then_age) == "kept"
    with pytest.raises(SiteError, match=r"is newer than this program: frappe was used with version 99\.0\.0"):
        apart(lambda: open_site("two.localhost", str(tmp_path)))
