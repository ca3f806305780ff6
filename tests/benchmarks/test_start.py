"""How long the first and the second start take, and what the server needs of memory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from benchmarks.figures import figure

from hosts import HOST, ROOT, free_port

pytestmark = pytest.mark.skipif(
    HOST != "sqlite", reason="`./erp start` serves the embedded bench; measured once"
)


def page(port: int, path: str = "/api/method/ping") -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        assert answer.status == 200
        answer.read()


def start(clone: Path, port: int) -> tuple[subprocess.Popen, float]:
    """Start the server and return it with the seconds until its first page."""
    begun = time.monotonic()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" and not k.startswith("ERP_")}
    process = subprocess.Popen(
        ["./erp", "start", "--port", str(port)],
        cwd=clone,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while True:
        try:
            page(port, "/login")
            return process, time.monotonic() - begun
        except OSError:
            if process.poll() is not None:
                pytest.fail(process.stderr.read())
            time.sleep(0.05)


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


@pytest.mark.timeout(900)
@pytest.mark.skipif(not shutil.which("git"), reason="a fresh clone is made with git")
def test_starts(tmp_path):
    clone, port = tmp_path / "clone", free_port()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    process, seconds = start(clone, port)
    figure("cold start of a fresh clone to its first page (with demo company)", seconds, "s")
    stop(process)
    process, seconds = start(clone, port)
    figure("second start (aim: below 3 s)", seconds, "s")
    figure("memory of the server after its start", resident_mb(process.pid), "MB")
    for _ in range(50):
        page(port)
    figure("memory of the server after 50 requests", resident_mb(process.pid), "MB")
    stop(process)
    assert json.loads((clone / "sites" / "erp.localhost" / "erp_start.json").read_text())["logins"]
