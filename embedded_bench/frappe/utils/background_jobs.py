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

TABLE = "tabJob Queue"
TIMEOUTS = {"short": 300, "default": 300, "long": 1500}
MAX_ATTEMPTS = 5
CREATE_TABLE = f"""create table if not exists `{TABLE}` (
    `name` varchar(140) not null primary key, `job_id` varchar(140), `queue` varchar(20), `payload` longtext,
    `status` varchar(20), `worker` varchar(140), `attempts` int, `timeout` int, `started` datetime, `error` longtext)"""

# Workers of this process wait on this and wake up as soon as something was enqueued.
wake_up = threading.Condition()
_running: set[str] = set()


def enqueue(
    method, queue="default", timeout=None, now=False, enqueue_after_commit=False, *, job_id=None, deduplicate=False,
    **kwargs,
):  # fmt: skip
    """Run a function (or dotted path) in the background; returns the job, None for a duplicate.

    `now=True` runs it at once in the open transaction. A job is part of the open transaction when
    `enqueue_after_commit` is set; otherwise it also stays when the transaction is rolled back.
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
        queue=queue if queue in TIMEOUTS else "default",
        payload=base64.b64encode(pickle.dumps(payload)).decode(),
        timeout=timeout or TIMEOUTS.get(queue, TIMEOUTS["default"]),
    )
    _insert(job)
    if not enqueue_after_commit:
        frappe.db.after_rollback.add(lambda: _insert_again(job))
    frappe.db.after_commit.add(_wake_workers)
    return None if enqueue_after_commit else job


def _insert(job) -> None:
    frappe.db.sql(
        f"insert into `{TABLE}` (`name`, `job_id`, `queue`, `payload`, `status`, `attempts`, `timeout`) "
        "values (%s, %s, %s, %s, 'Queued', 0, %s)",
        (job.name, job.job_id, job.queue, job.payload, job.timeout),
    )


def _insert_again(job) -> None:
    if not frappe.db.sql(f"select `name` from `{TABLE}` where `name`=%s", (job.name,)):
        _insert(job)
        frappe.db.commit()


def _wake_workers() -> None:
    with wake_up:
        wake_up.notify_all()


def is_job_enqueued(job_id: str) -> bool:
    query = f"select 1 from `{TABLE}` where `job_id`=%s and `status` in ('Queued', 'Started')"
    return bool(frappe.db.sql(query, (f"{frappe.local.site}::{job_id}",)))


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
    started = frappe.db.sql(f"select * from `{TABLE}` where `status`='Started'", as_dict=True)
    lost = [job for job in started if not _is_alive(job)]
    for job in lost:
        status = "Queued" if job.attempts < MAX_ATTEMPTS else "Failed"
        query = f"update `{TABLE}` set `status`=%s, `error`='worker died' where `name`=%s and `worker`=%s"
        frappe.db.sql(query, (status, job.name, job.worker))
    frappe.db.commit()
    return len(lost)


def take_job(queues=tuple(TIMEOUTS)):
    """Return the next waiting job, marked as this worker's; None when there is none."""
    query = f"select * from `{TABLE}` where `status`='Queued' and `queue` in %s order by `name` limit 1"
    waiting = frappe.db.sql(query, (tuple(queues),), as_dict=True)
    frappe.db.rollback()
    if not waiting:
        return None
    job, worker = waiting[0], worker_name()
    _running.add(worker)
    frappe.db.sql(
        f"update `{TABLE}` set `status`='Started', `worker`=%s, `started`=%s, `attempts`=`attempts`+1 "
        "where `name`=%s and `status`='Queued'",
        (worker, now_datetime(), job.name),
    )
    frappe.db.commit()
    taken = frappe.db.sql(f"select `worker` from `{TABLE}` where `name`=%s", (job.name,))
    frappe.db.rollback()
    return job if taken and taken[0][0] == worker else None


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
        frappe.db.sql(f"delete from `{TABLE}` where `name`=%s", (name,))
        frappe.db.commit()
        return result
    except Exception as error:
        frappe.db.rollback()
        retried = (frappe.RetryBackgroundJobError, frappe.QueryDeadlockError, frappe.QueryTimeoutError)
        if isinstance(error, retried) and retry < MAX_ATTEMPTS:
            time.sleep(0 if isinstance(error, frappe.RetryBackgroundJobError) else retry + 1)
            return execute_job(site, method, event, job_name, kwargs, user, is_async, retry + 1, job)
        frappe.log_error(title=job_name)
        query = f"update `{TABLE}` set `status`='Failed', `error`=%s where `name`=%s"
        frappe.db.sql(query, (frappe.get_traceback(), name))
        frappe.db.commit()
        raise
