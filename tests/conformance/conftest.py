"""Probe DocTypes for the conformance cases; every test runs in its own transaction."""

from __future__ import annotations

import pytest

from conformance import probes


@pytest.fixture(scope="session")
def probe_site(site):
    """The site with the probe DocTypes, roles and users; they are removed after the run."""
    import frappe

    probes.make_all()
    yield site
    frappe.db.rollback()
    frappe.set_user("Administrator")
    probes.remove_all()


@pytest.fixture(autouse=True)
def conformance(request):
    """Give each case a connected site without test flags and leave no trace of it in the database."""
    if "without_site" in request.keywords:
        yield None
        return
    request.getfixturevalue("probe_site")
    frappe = request.getfixturevalue("db")
    frappe.flags.in_test = False
    frappe.local.dynamic_link_map = None
    yield frappe


@pytest.fixture
def clean_caches(conformance):
    """Drop every cache after the case: what it cached inside its transaction is not true any more."""
    yield
    conformance.db.rollback()
    conformance.set_user("Administrator")
    conformance.clear_cache()


@pytest.fixture
def committed(clean_caches, conformance):
    """For cases that commit: empty the probe tables afterwards."""
    yield
    conformance.db.rollback()
    conformance.set_user("Administrator")
    probes.empty_tables()
