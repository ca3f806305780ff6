"""Build the screens beside other work, when their sources changed since the last build."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable

from commands.config import ROOT

SOURCE = ROOT / "apps" / "erp_rules" / "frontend"
STAMP = ROOT / ".cache" / "front-end-built"
INSTALLED = SOURCE / "node_modules" / ".installed-from"
GENERATED = {"node_modules", "auto-imports.d.ts", "components.d.ts"}
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
BUILD = ("exec", "--", "vite", "build")


def source_hash() -> str:
    """Return a hash of everything that goes into the build."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE.rglob("*")):
        relative = path.relative_to(SOURCE)
        if not GENERATED & set(relative.parts) and path.is_file():
            digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def lock_hash() -> str:
    """Return a hash of the lock that the modules are installed from."""
    return hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()


def node_problem() -> str:
    """Return why the screens cannot be built here, or nothing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return "Node.js with npm is missing"
    shown = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
    major = shown.partition(".")[0]
    return "" if major.isdigit() and int(major) >= 18 else f"Node.js {shown} is too old"


def _telling(lines: list[str]) -> str:
    """Return the line of npm's or vite's output that says most."""
    errors = [line for line in lines if "error" in line.lower() and "complete log" not in line]
    telling = [line for line in errors if len(line.split()) > 4]
    return (telling or errors or lines or ["no output"])[0][:200]


class FrontEnd:
    """A build that runs while other things are made; without Node the server still serves its interfaces."""

    def __init__(self, wanted: bool = True) -> None:
        self.wanted = wanted
        self.process: subprocess.Popen | None = None
        self.problem = ""
        self.hash = ""
        self.log = self.lock = None

    def __enter__(self) -> FrontEnd:
        if not self.wanted or not (SOURCE / "package.json").is_file():
            return self
        self.hash = source_hash()
        if STAMP.is_file() and STAMP.read_text() == self.hash:
            return self
        self.problem = node_problem()
        if not self.problem:
            STAMP.parent.mkdir(exist_ok=True)
            self.lock = STAMP.with_suffix(".lock").open("w")
            fcntl.flock(self.lock, fcntl.LOCK_EX)  # another build of this copy is waited for
            if STAMP.is_file() and STAMP.read_text() == self.hash:
                return self
            STAMP.unlink(missing_ok=True)
            self.log = tempfile.TemporaryFile(mode="w+", errors="replace")
            npm = shutil.which("npm")
            lock = lock_hash()
            fresh = INSTALLED.is_file() and INSTALLED.read_text() == lock  # then only the sources changed
            steps = [
                " ".join([f"'{npm}'", *command]) for command in ((BUILD,) if fresh else (INSTALL, BUILD))
            ]
            script = f" && printf {lock} > '{INSTALLED}' && ".join(steps)
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", script],
                cwd=SOURCE,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def finish(self, progress: Callable[[str], None]) -> None:
        """Wait for the build and say when there are no screens, and why."""
        if self.process:
            if self.process.poll() is None:
                progress("Building the screens")
            if self.process.wait() == 0:
                STAMP.write_text(self.hash)
            else:
                self.log.seek(0)
                lines = [line for line in self.log.read().splitlines() if line.strip()]
                self.problem = f"the build failed ({_telling(lines)})"
            self.process = None
            self.lock.close()
        if self.problem:
            progress(f"No screens: {self.problem}; install Node 18 or newer with npm and start again")

    def __exit__(self, *_error: object) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)
        for file in (self.log, self.lock):
            if file:
                file.close()
