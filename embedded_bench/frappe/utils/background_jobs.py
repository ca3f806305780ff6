"""Background jobs: a queue table in the site's database, so that a killed process loses no job.

A job is taken by marking its row with the worker's name, and its row goes in the same commit as the
job's own writes. A row whose worker died is put back by the next worker that looks.
"""

import base64
import os
import pickle
import threading
import time

import frappe
from frappe import _
from frappe.utils import now_datetime

QUEUE, TABLE = "Job Queue", "tabJob Queue"
TIMEOUTS = {"short": 300, "default": 300, "long": 1500}
MAX_ATTEMPTS = 5

# Workers of this process wait on this and wake up as soon as something was enqueued.
wake_up = threading.Condition()
_running: set[str] = set()


def enqueue(
    method, queue="default", timeout=None, now=False, enqueue_after_commit=False, *, job_id=None, deduplicate=False,
    **kwargs,
):  # fmt: skip
    """Run a function (or dotted path) in the background; returns the job, None for a duplicate.

    Without `enqueue_after_commit` it also stays when the open transaction is rolled back.
    """
    if unknown := kwargs.keys() & {"at_front", "event", "is_async", "job_name", "on_failure", "on_success"}:
        raise frappe.NotSupported(f"frappe.enqueue({', '.join(sorted(unknown))})")
    if deduplicate and not job_id:
        frappe.throw(_("`job_id` paramater is required for deduplication."))
    if deduplicate and is_job_enqueued(job_id):
        return None
    if now:
        return frappe.call(method, **kwargs)
    path = method if isinstance(method, str) else f"{method.__module__}.{method.__qualname__}"
    payload = {"user": frappe.session.user, "method": path, "kwargs": kwargs}
    job = frappe._dict(
        name=f"{time.time_ns():020d}-{frappe.generate_hash(length=6)}",
        job_id=job_id and f"{frappe.local.site}::{job_id}",
        payload=base64.b64encode(pickle.dumps(payload)).decode(),
        timeout=timeout or TIMEOUTS.get(queue, TIMEOUTS["default"]),
    )
    job.update(queue=queue if queue in TIMEOUTS else "default", status="Queued", attempts=0)
    _insert(job)
    if not enqueue_after_commit:
        frappe.db.after_rollback.add(lambda: _insert_again(job))
    frappe.db.after_commit.add(_wake_workers)
    return None if enqueue_after_commit else job


def _insert(job) -> None:
    frappe.db.bulk_insert(QUEUE, list(job), [tuple(job.values())])


def _insert_again(job) -> None:
    if not frappe.db.exists(QUEUE, job.name):
        _insert(job)
        frappe.db.commit()


def _wake_workers() -> None:
    with wake_up:
        wake_up.notify_all()


def is_job_enqueued(job_id: str) -> bool:
    filters = {"job_id": f"{frappe.local.site}::{job_id}", "status": ["in", ("Queued", "Started")]}
    return bool(frappe.db.exists(QUEUE, filters))


# the worker's side -----------------------------------------------------------------------


def worker_name() -> str:
    return f"{os.getpid()}:{threading.get_ident()}"


def _is_alive(job) -> bool:
    pid = int(job.worker.split(":")[0])
    if pid == os.getpid():
        return job.worker in _running
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def recover_jobs() -> int:
    """Put back the jobs of workers that died; returns how many. One that killed 5 workers is given up."""
    started = frappe.db.get_values(QUEUE, {"status": "Started"}, "*", order_by=None)
    lost = [job for job in started if not _is_alive(job)]
    for job in lost:
        status = "Queued" if job.attempts < MAX_ATTEMPTS else "Failed"
        changes = {"status": status, "error": "worker died"}
        frappe.db.set_value(QUEUE, {"name": job.name, "worker": job.worker}, changes, update_modified=False)
    frappe.db.commit()
    return len(lost)


def take_job(queues=tuple(TIMEOUTS)):
    """Return the next waiting job, marked as this worker's; None when there is none."""
    waiting, worker = {"status": "Queued", "queue": ["in", queues]}, worker_name()
    job = frappe.db.get_value(QUEUE, waiting, "*", order_by="name asc")
    frappe.db.rollback()
    if not job:
        return None
    _running.add(worker)
    mark = {"status": "Started", "worker": worker, "started": now_datetime(), "attempts": job.attempts + 1}
    frappe.db.set_value(QUEUE, {"name": job.name, "status": "Queued"}, mark, update_modified=False)
    frappe.db.commit()
    taken_by = frappe.db.get_value(QUEUE, job.name, "worker", order_by=None)
    frappe.db.rollback()
    return job if taken_by == worker else None


def run_next_job(queues=tuple(TIMEOUTS)) -> bool:
    """Take and run one job of the connected site; False when there is none."""
    job = take_job(queues)
    if not job:
        return False
    # Written by this module into the site's own table; who can write there can do everything anyway.
    call = pickle.loads(base64.b64decode(job.payload))
    try:
        method = call["method"]
        execute_job(frappe.local.site, method, None, method, call["kwargs"], call["user"], job=job)
    except Exception:
        frappe.logger("worker").warning("Job %s failed", call["method"])
    finally:
        _running.discard(worker_name())
        _reconnect("Administrator")
    return True


def _reconnect(user: str) -> None:
    site, sites_path = frappe.local.site, frappe.local.sites_path
    frappe.destroy()
    frappe.init(site, sites_path=sites_path)
    frappe.connect()
    frappe.set_user(user)
    frappe.local.lang = frappe.translate.get_user_lang()


def execute_job(site, method, event, job_name, kwargs, user=None, is_async=True, retry=0, job=None):
    """Run a job: commit on success, roll back and log on failure, up to 5 retries on deadlock."""
    if is_async:
        _reconnect(user or "Administrator")
    frappe.local.job = frappe._dict(site=site, method=method, job_name=job_name, kwargs=kwargs, user=user)
    name = job and job.name
    try:
        result = (frappe.get_attr(method) if isinstance(method, str) else method)(**kwargs)
        frappe.db.delete(QUEUE, {"name": name})
        frappe.db.commit()
        return result
    except Exception as error:
        frappe.db.rollback()
        retried = (frappe.RetryBackgroundJobError, frappe.QueryDeadlockError, frappe.QueryTimeoutError)
        if isinstance(error, retried) and retry < MAX_ATTEMPTS:
            time.sleep(0 if isinstance(error, frappe.RetryBackgroundJobError) else retry + 1)
            return execute_job(site, method, event, job_name, kwargs, user, is_async, retry + 1, job)
        frappe.log_error(title=job_name)
        changes = {"status": "Failed", "error": frappe.get_traceback()}
        frappe.db.set_value(QUEUE, {"name": name}, changes, update_modified=False)
        frappe.db.commit()
        raise
