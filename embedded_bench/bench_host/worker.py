"""The job worker and the scheduler: threads of the server."""

import logging
import threading
import time

import frappe
from frappe.utils import background_jobs
from frappe.utils.scheduler import enqueue_events

POLL_SECONDS, TICK_SECONDS, RECOVER_SECONDS = 2.0, 60.0, 30.0
log = logging.getLogger("bench_host.worker")


class _Loop(threading.Thread):
    """A thread that works on one site until it is told to stop; errors are logged and tried again."""

    def __init__(self, site: str, sites_path: str, name: str):
        super().__init__(name=name, daemon=True)
        self.site, self.sites_path = site, str(sites_path)
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                frappe.init(self.site, sites_path=self.sites_path, force=True)
                frappe.connect()
                self.work()
            except Exception:
                log.exception("%s failed, it goes on", self.name)
            finally:
                frappe.destroy()
            self.pause()

    def stop(self) -> None:
        self.stopping.set()
        with background_jobs.wake_up:
            background_jobs.wake_up.notify_all()


class Worker(_Loop):
    """Runs the jobs of the site's queue one after another."""

    recovered_at = 0.0

    def work(self) -> None:
        """Put back what dead workers left, then run every waiting job."""
        if time.monotonic() - self.recovered_at > RECOVER_SECONDS:
            self.recovered_at = time.monotonic()
            background_jobs.recover_jobs()
        while not self.stopping.is_set() and background_jobs.run_next_job():
            pass

    def pause(self) -> None:
        with background_jobs.wake_up:
            if not self.stopping.is_set():
                background_jobs.wake_up.wait(POLL_SECONDS)


class Scheduler(_Loop):
    """Puts due events into the queue once a minute."""

    def __init__(self, site: str, sites_path: str):
        super().__init__(site, sites_path, "scheduler")

    def work(self) -> None:
        enqueue_events()

    def pause(self) -> None:
        self.stopping.wait(TICK_SECONDS)


def stop_threads(threads: list[_Loop], seconds: float = 20.0) -> None:
    """Stop them; a job that does not end in time is put back by the next start."""
    for thread in threads:
        thread.stop()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
