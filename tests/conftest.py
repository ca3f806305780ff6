"""Fixtures for every suite; `hosts.py` says where the tests run."""

from __future__ import annotations

import pytest

import hosts

hosts.prepare_path()


@pytest.fixture(scope="session")
def site():
    """The site of this run, connected in the main thread."""
    made = hosts.make_site()
    made.connect()
    yield made
    made.disconnect()
    made.drop()


@pytest.fixture
def db(site):
    """`frappe` connected as Administrator; whatever the test wrote is rolled back afterwards."""
    import frappe

    flags = dict(frappe.local.flags)
    hosts.forget_request_state()
    yield frappe
    frappe.db.rollback()
    frappe.set_user("Administrator")
    frappe.local.flags.clear()
    frappe.local.flags.update(flags)
    frappe.local.lang = "en"
    hosts.forget_request_state()


@pytest.fixture
def as_user(db):
    """Context manager: `with as_user("Purchaser"):` or `with as_user("someone@demo.example"):`."""
    return hosts.as_user


@pytest.fixture
def query_count(db):
    """Context manager that counts SQL statements: `with query_count() as counted: …; counted.count`."""
    return hosts.query_count


@pytest.fixture
def unique():
    """Function that gives a name no other test uses, for tests that commit."""
    return hosts.unique


@pytest.fixture
def http(db, site):
    """A client of the site's WSGI application with `get/post/put/delete`, `login` and `token`."""
    return hosts.Http(site)


@pytest.fixture
def new_http(db, site):
    """Function that makes one more client, for tests with several people."""
    return lambda: hosts.Http(site)
