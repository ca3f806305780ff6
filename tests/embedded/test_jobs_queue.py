"""Background jobs and the scheduler: nothing is lost when a worker is killed, nothing runs twice."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hosts

pytestmark = pytest.mark.skipif(hosts.is_bench(), reason="tests the embedded bench's own job queue")
ADD_ROLE = "frappe.client.insert"  # a job that leaves something to see
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def jobs(db):
    """Return `frappe.utils.background_jobs` with an empty queue."""
    from frappe.utils import background_jobs

    def clear():
        db.db.rollback()
        db.db.sql(f"delete from `{background_jobs.TABLE}`")
        db.db.commit()

    clear()
    yield background_jobs
    clear()


def role(name):
    return {"doctype": "Role", "role_name": name}


def status(db, jobs):
    db.db.rollback()
    return db.db.sql(f"select `status`, `attempts` from `{jobs.TABLE}` order by `name`")


def test_now_runs_in_the_open_transaction(db, jobs, unique):
    key = unique("k")
    db.enqueue(ADD_ROLE, now=True, doc=role(key))
    assert db.db.exists("Role", key)
    db.db.rollback()
    db.clear_cache()
    assert not db.db.exists("Role", key)


def test_job_runs_commits_and_leaves_the_queue(db, jobs, unique):
    key = unique("k")
    db.enqueue(ADD_ROLE, doc=role(key))
    db.db.commit()
    assert jobs.run_next_job() is True
    assert status(db, jobs) == ()
    assert db.db.exists("Role", key)
    assert jobs.run_next_job() is False


def test_after_commit_jobs_go_with_the_rollback_and_others_stay(db, jobs, unique):
    assert db.enqueue(ADD_ROLE, enqueue_after_commit=True, doc=role(unique("k"))) is None
    db.db.rollback()
    assert status(db, jobs) == ()
    assert db.enqueue(ADD_ROLE, doc=role(unique("k"))).name
    db.db.rollback()
    assert status(db, jobs) == (("Queued", 0),)


def test_deduplication(db, jobs):
    with pytest.raises(db.ValidationError, match="`job_id` paramater is required for deduplication"):
        db.enqueue(ADD_ROLE, deduplicate=True)
    assert db.enqueue(ADD_ROLE, job_id="one", deduplicate=True, doc=role("k"))
    assert db.enqueue(ADD_ROLE, job_id="one", deduplicate=True, doc=role("k")) is None
    db.db.commit()
    assert len(status(db, jobs)) == 1


def test_queues_are_kept_apart(db, jobs, unique):
    first, long = unique("a"), unique("b")
    db.enqueue(ADD_ROLE, doc=role(first))
    db.enqueue(ADD_ROLE, doc=role(long), queue="long")
    db.db.commit()
    jobs.run_next_job(("default",))
    assert db.db.exists("Role", first)
    assert jobs.run_next_job(("default",)) is False
    assert not db.db.exists("Role", long)


def test_failing_job_is_rolled_back_logged_and_kept(db, jobs, unique):
    before = db.db.count("Error Log")
    db.enqueue("frappe.client.insert", doc={"doctype": "User", "email": "no address"})
    db.db.commit()
    jobs.run_next_job()
    assert status(db, jobs) == (("Failed", 0 + 1),)
    assert db.db.count("Error Log") == before + 1
    assert jobs.run_next_job() is False


def test_job_acts_as_the_user_who_enqueued_it(db, jobs):
    db.set_user("Guest")
    db.enqueue("frappe.client.insert", doc=role("By a guest"))
    db.db.commit()
    db.set_user("Administrator")
    jobs.run_next_job()
    assert status(db, jobs)[0][0] == "Failed"
    assert not db.db.exists("Role", "By a guest")


SCRIPT = """
import sys
sys.path[:0] = {paths!r}
import frappe
from frappe.utils import background_jobs
frappe.init({site!r}, sites_path={sites_path!r})
frappe.connect()
background_jobs.take_job()
print("taken", flush=True)
import time
time.sleep(60)
"""


def test_killed_worker_loses_no_job(db, site, jobs, unique):
    key = unique("k")
    db.enqueue(ADD_ROLE, doc=role(key))
    db.db.commit()
    paths = [str(ROOT / "embedded_bench"), str(ROOT / "apps" / "erp_rules")]
    script = SCRIPT.format(paths=paths, site=site.name, sites_path=site.sites_path)
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout.readline().strip() == "taken"
        assert status(db, jobs) == (("Started", 1),)
        assert jobs.recover_jobs() == 0
        os.kill(worker.pid, signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait(10)
    assert jobs.recover_jobs() == 1
    assert jobs.run_next_job() is True
    assert db.db.exists("Role", key)
    assert status(db, jobs) == ()


def test_job_that_kills_workers_is_given_up(db, jobs):
    db.enqueue(ADD_ROLE, doc=role("k"))
    db.db.sql(
        f"update `{jobs.TABLE}` set `status`='Started', `attempts`=5, `worker`=%s, `started`=%s",
        ("999999999:1", db.utils.now_datetime()),
    )
    db.db.commit()
    assert jobs.recover_jobs() == 1
    assert status(db, jobs) == (("Failed", 5),)


def test_worker_threads_run_jobs_and_stop(db, site, jobs, unique):
    from bench_host.worker import Worker, stop_threads

    workers = [Worker(site.name, site.sites_path, name=f"w{number}") for number in range(2)]
    keys = [unique("k") for _ in range(8)]
    for worker in workers:
        worker.start()
    for key in keys:
        db.enqueue(ADD_ROLE, doc=role(key))
        db.db.commit()
    end = time.monotonic() + 30
    while status(db, jobs) and time.monotonic() < end:
        time.sleep(0.05)
    stop_threads(workers)
    assert not any(worker.is_alive() for worker in workers)
    assert status(db, jobs) == ()
    db.clear_cache()
    assert [db.db.exists("Role", key) for key in keys] == keys


def test_scheduler_rows_follow_the_hooks_and_become_due(db, jobs):
    from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs

    events = {"hourly": ["frappe.sessions.clear_expired_sessions"], "cron": {"*/5 * * * *": ["frappe.ping"]}}
    sync_jobs(events)
    rows = db.get_all("Scheduled Job Type", fields=["name", "frequency", "cron_format"], order_by="name")
    assert [(row.name, row.frequency, row.cron_format or None) for row in rows] == [
        ("frappe.ping", "Cron", "*/5 * * * *"),
        ("sessions.clear_expired_sessions", "Hourly", None),
    ]
    event = db.get_doc("Scheduled Job Type", "frappe.ping")
    event.last_execution = datetime.datetime(2026, 1, 5, 10, 1)
    assert event.get_next_execution() == datetime.datetime(2026, 1, 5, 10, 5)
    assert not event.is_event_due(datetime.datetime(2026, 1, 5, 10, 4, 59))
    assert event.is_event_due(datetime.datetime(2026, 1, 5, 10, 5))
    assert event.enqueue(force=True) is True
    assert event.enqueue(force=True) is False


def test_scheduler_tick_runs_what_is_due_and_logs_it(db, jobs):
    from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
    from frappe.utils.scheduler import enqueue_events

    sync_jobs(
        {"daily": ["frappe.sessions.clear_expired_sessions"], "hourly": ["frappe.sessions.delete_session"]}
    )
    rows = db.get_all("Scheduled Job Type", pluck="name")
    for name in rows:
        db.db.set_value("Scheduled Job Type", name, "last_execution", "2026-01-01 00:00:00")
    bad = db.get_doc("Scheduled Job Type", "sessions.delete_session")
    bad.db_set("method", "frappe.sessions.no_such_event")
    db.db.commit()
    assert len(enqueue_events()) == 2
    assert enqueue_events() == []
    while jobs.run_next_job():
        pass
    logs = db.get_all(
        "Scheduled Job Log", fields=["scheduled_job_type", "status"], order_by="creation desc", limit=2
    )
    assert {row.scheduled_job_type: row.status for row in logs} == {
        "sessions.clear_expired_sessions": "Complete",
        "sessions.delete_session": "Failed",
    }
    assert enqueue_events() == []
    db.db.set_single_value("System Settings", "enable_scheduler", 0)
    db.db.set_value("Scheduled Job Type", rows[0], "last_execution", "2026-01-01 00:00:00")
    assert enqueue_events() == []
    db.db.rollback()
    db.clear_cache()
    sync_jobs()
    db.db.commit()
