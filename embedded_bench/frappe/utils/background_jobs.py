"""Background jobs: a queue table in the site's database, so that a killed process loses no job.

A job is taken by marking its row with the worker's name, and its row goes in the same commit as the
job's own writes. A row whose worker died is put back by the next worker that looks.
"""

from __future__ import annotations

import base64
import os
import pickle
import socket
import threading
import time

import frappe
from frappe import _
from frappe.utils import CallbackManager, get_datetime, now_datetime
from frappe.utils.data import add_to_date

TABLE = "tabJob Queue"
TIMEOUTS = {"short": 300, "default": 300, "long": 1500}
MAX_ATTEMPTS = 5
HOST = socket.gethostname()
COLUMNS = "`name`, `job_id`, `queue`, `payload`, `status`, `worker`, `attempts`, `timeout`, `started`"
CREATE_TABLE = f"""create table if not exists `{TABLE}` (
    `name` varchar(140) not null primary key, `job_id` varchar(140), `queue` varchar(20), `payload` longtext,
    `status` varchar(20), `worker` varchar(140), `attempts` int, `timeout` int, `started` datetime, `error` longtext)"""

# Workers of this process wait on this and wake up as soon as something was enqueued.
wake_up = threading.Condition()
_running: set[str] = set()


def enqueue(
    method,
    queue="default",
    timeout=None,
    event=None,
    is_async=True,
    job_name=None,
    now=False,
    enqueue_after_commit=False,
    *,
    on_success=None,
    on_failure=None,
    at_front=False,
    job_id=None,
    deduplicate=False,
    **kwargs,
):
    """Run a function (or dotted path) in the background; returns the job, None for a duplicate.

    `now=True` runs it at once in the open transaction. A job is part of the open transaction when
    `enqueue_after_commit` is set; otherwise it also stays when the transaction is rolled back.
    """
    if deduplicate:
        if not job_id:
            frappe.throw(_("`job_id` paramater is required for deduplication."))
        if is_job_enqueued(job_id):
            return None
    if now or (not is_async and not frappe.flags.in_test):
        return frappe.call(method, **kwargs)
    name = method if isinstance(method, str) else f"{method.__module__}.{method.__qualname__}"
    payload = {
        "user": frappe.session.user,
        "method": method if isinstance(method, str) else name,
        "job_name": job_name or name,
        "kwargs": kwargs,
        "on_success": _path(on_success),
        "on_failure": _path(on_failure),
    }
    if not is_async:
        return _run_inline(method, kwargs)
    job = frappe._dict(
        name=f"{0 if at_front else 1}-{time.time_ns():020d}-{frappe.generate_hash(length=6)}",
        job_id=job_id and create_job_id(job_id),
        queue=queue if queue in TIMEOUTS else "default",
        payload=base64.b64encode(pickle.dumps(payload)).decode(),
        timeout=timeout or TIMEOUTS.get(queue, TIMEOUTS["default"]),
    )
    _insert(job)
    if not enqueue_after_commit:
        frappe.db.after_rollback.add(lambda: _insert_again(job))
    frappe.db.after_commit.add(_wake_workers)
    return None if enqueue_after_commit else job


def _path(function):
    return f"{function.__module__}.{function.__qualname__}" if callable(function) else function


def _run_inline(method, kwargs):
    result = frappe.call(method, **kwargs)
    frappe.db.commit()
    return result


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


def enqueue_doc(doctype, name=None, method=None, queue="default", timeout=300, now=False, **kwargs):
    """Run a document's method in the background."""
    return enqueue(
        "frappe.utils.background_jobs.run_doc_method",
        queue=queue,
        timeout=timeout,
        now=now,
        doctype=doctype,
        name=name,
        doc_method=method,
        **kwargs,
    )


def run_doc_method(doctype, name, doc_method, **kwargs):
    """Call a document's method; the job that `enqueue_doc` makes."""
    getattr(frappe.get_doc(doctype, name), doc_method)(**kwargs)


def create_job_id(job_id: str | None = None) -> str:
    """Return a job's id with the site's name in front."""
    return f"{frappe.local.site}::{job_id or frappe.generate_hash(length=10)}"


def is_job_enqueued(job_id: str) -> bool:
    """Return whether a job of this id waits or runs."""
    return bool(
        frappe.db.sql(
            f"select `name` from `{TABLE}` where `job_id`=%s and `status` in ('Queued', 'Started')",
            (create_job_id(job_id),),
        )
    )


def _payload(text: str) -> dict:
    return pickle.loads(base64.b64decode(text))


# the worker's side -----------------------------------------------------------------------


def worker_name() -> str:
    """Return a name that tells host, process and thread of a worker."""
    return f"{HOST}:{os.getpid()}:{threading.get_ident()}"


def _is_alive(worker: str, started, timeout: int) -> bool:
    host, pid, _thread = worker.rsplit(":", 2)
    if host != HOST:
        return get_datetime(started) > add_to_date(now_datetime(), seconds=-2 * timeout)
    if int(pid) == os.getpid():
        return worker in _running
    try:
        os.kill(int(pid), 0)
    except OSError:
        return False
    return True


def recover_jobs() -> int:
    """Put back the jobs of workers that died; returns how many. One that killed 5 workers is given up."""
    rows = frappe.db.sql(f"select {COLUMNS} from `{TABLE}` where `status`='Started'", as_dict=True)
    lost = [row for row in rows if not _is_alive(row.worker, row.started, row.timeout)]
    for row in lost:
        status = "Queued" if row.attempts < MAX_ATTEMPTS else "Failed"
        frappe.db.sql(
            f"update `{TABLE}` set `status`=%s, `error`='worker died' where `name`=%s and `worker`=%s",
            (status, row.name, row.worker),
        )
    frappe.db.commit()
    return len(lost)


def take_job(queues=("short", "default", "long")):
    """Return the next waiting job, marked as this worker's; None when there is none."""
    marks = ", ".join(["%s"] * len(queues))
    waiting = frappe.db.sql(
        f"select {COLUMNS} from `{TABLE}` where `status`='Queued' and `queue` in ({marks}) order by `name` limit 1",
        tuple(queues),
        as_dict=True,
    )
    frappe.db.rollback()
    if not waiting:
        return None
    job, worker = waiting[0], worker_name()
    frappe.db.sql(
        f"update `{TABLE}` set `status`='Started', `worker`=%s, `started`=%s, `attempts`=`attempts`+1 "
        "where `name`=%s and `status`='Queued'",
        (worker, now_datetime(), job.name),
    )
    _running.add(worker)
    frappe.db.commit()
    taken = frappe.db.sql(f"select `worker` from `{TABLE}` where `name`=%s", (job.name,))
    frappe.db.rollback()
    return job if taken and taken[0][0] == worker else None


def run_next_job(queues=("short", "default", "long")) -> bool:
    """Take and run one job of the connected site; False when there is none."""
    job = take_job(queues)
    if not job:
        return False
    site, sites_path = frappe.local.site, frappe.local.sites_path
    payload = _payload(job.payload)
    try:
        execute_job(
            site,
            payload["method"],
            None,
            payload["job_name"],
            payload["kwargs"],
            job=job,
            **{key: payload[key] for key in ("user", "on_success", "on_failure")},
        )
    except Exception:
        frappe.logger("worker").warning("Job %s failed", payload["job_name"])
    finally:
        _running.discard(worker_name())
        frappe.destroy()
        frappe.init(site, sites_path=sites_path)
        frappe.connect()
    return True


def execute_job(
    site,
    method,
    event,
    job_name,
    kwargs,
    user=None,
    is_async=True,
    retry=0,
    job=None,
    on_success=None,
    on_failure=None,
):
    """Run a job: commit on success, roll back and log on failure, up to 5 retries on deadlock."""
    sites_path = frappe.local.sites_path
    frappe.destroy()
    frappe.init(site, sites_path=sites_path)
    frappe.connect()
    frappe.set_user(user or "Administrator")
    frappe.local.job = frappe._dict(
        site=site, method=method, job_name=job_name, kwargs=kwargs, user=user, after_job=CallbackManager()
    )
    result = None
    try:
        frappe.local.lang = frappe.translate.get_user_lang()
        for task in frappe.get_hooks("before_job"):
            frappe.call(task, method=method, kwargs=kwargs, transaction_type="job")
        result = frappe.get_attr(method)(**kwargs)
        if job:
            frappe.db.sql(f"delete from `{TABLE}` where `name`=%s", (job.name,))
        frappe.db.commit()
    except Exception as error:
        frappe.db.rollback()
        if retry < MAX_ATTEMPTS and _may_retry(error):
            time.sleep(0 if isinstance(error, frappe.RetryBackgroundJobError) else retry + 1)
            return execute_job(
                site, method, event, job_name, kwargs, user, is_async, retry + 1, job, on_success, on_failure
            )
        frappe.log_error(title=job_name)
        if job:
            frappe.db.sql(
                f"update `{TABLE}` set `status`='Failed', `error`=%s where `name`=%s",
                (frappe.get_traceback(), job.name),
            )
        frappe.db.commit()
        _call_back(on_failure, job, error)
        raise
    finally:
        for task in frappe.get_hooks("after_job"):
            frappe.call(task, method=method, kwargs=kwargs, result=result)
        frappe.local.job.after_job.run()
    _call_back(on_success, job, result)
    return result


def _may_retry(error: Exception) -> bool:
    retried = (frappe.RetryBackgroundJobError, frappe.QueryDeadlockError, frappe.QueryTimeoutError)
    return isinstance(error, retried)


def _call_back(path: str | None, job, outcome) -> None:
    if path:
        frappe.get_attr(path)(job, None, outcome)
        frappe.db.commit()
