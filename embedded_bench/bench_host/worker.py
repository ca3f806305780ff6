"""The job worker and the scheduler: threads of the server, or a process of their own."""

from __future__ import annotations

import logging
import threading
import time

import frappe
from frappe.utils import background_jobs

POLL_SECONDS = 2.0
TICK_SECONDS = 60.0
RECOVER_SECONDS = 30.0
log = logging.getLogger("bench_host.worker")


class _Loop(threading.Thread):
    """A thread that works on one site until it is told to stop; errors are logged and tried again."""

    def __init__(self, site: str, sites_path: str, name: str):
        super().__init__(name=name, daemon=True)
        self.site, self.sites_path = site, sites_path
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until stopped."""
        while not self.stopping.is_set():
            try:
                frappe.init(self.site, sites_path=self.sites_path, force=True)
                frappe.connect()
                self.work()
            except Exception:
                log.exception("%s failed, it goes on", self.name)
                self.stopping.wait(POLL_SECONDS)
            finally:
                frappe.destroy()

    def work(self) -> None:
        """Do one round with the site connected."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask the thread to end after the job it is at."""
        self.stopping.set()
        with background_jobs.wake_up:
            background_jobs.wake_up.notify_all()


class Worker(_Loop):
    """Runs the jobs of the site's queue one after another."""

    def __init__(self, site: str, sites_path: str, queues=("short", "default", "long"), name="worker"):
        super().__init__(site, sites_path, name)
        self.queues = queues
        self.recovered_at = 0.0

    def work(self) -> None:
        """Run every waiting job, then sleep until one is enqueued."""
        if time.monotonic() - self.recovered_at > RECOVER_SECONDS:
            self.recovered_at = time.monotonic()
            background_jobs.recover_jobs()
        while not self.stopping.is_set() and background_jobs.run_next_job(self.queues):
            pass
        frappe.db.rollback()
        with background_jobs.wake_up:
            if not self.stopping.is_set():
                background_jobs.wake_up.wait(POLL_SECONDS)


class Scheduler(_Loop):
    """Puts due events into the queue once a minute."""

    def __init__(self, site: str, sites_path: str):
        super().__init__(site, sites_path, "scheduler")

    def work(self) -> None:
        """Do one tick and sleep."""
        from frappe.utils.scheduler import enqueue_events

        enqueue_events()
        frappe.destroy()
        self.stopping.wait(TICK_SECONDS)


def start_threads(site: str, sites_path: str, workers: int = 1) -> list[_Loop]:
    """Start the scheduler and the workers of a site."""
    threads: list[_Loop] = [
        Worker(site, sites_path, name=f"worker-{number + 1}") for number in range(workers)
    ]
    threads.append(Scheduler(site, sites_path))
    for thread in threads:
        thread.start()
    return threads


def stop_threads(threads: list[_Loop], seconds: float = 20.0) -> None:
    """Stop them; a job that does not end in time is put back by the next start."""
    for thread in threads:
        thread.stop()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
