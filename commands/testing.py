"""The parts of `./erp test`: each runs in its own process and ends with one closing line."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from commands.config import ROOT, UsageProblem
from commands.front_end import INSTALL, SOURCE, FrontEnd, node_problem
from commands.real_bench import RealBench, find_program

TESTS = ROOT / "tests"
PART_LIMIT_SECONDS = 2400
BENCH_LIMIT_SECONDS = 3000
TIDY_UP_SECONDS = 15
ON_BOTH_HOSTS = ("acceptance", "conformance")
NODE_MODULES = threading.Lock()  # two parts need them
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_RUNNING: set[subprocess.Popen] = set()


@dataclass
class Outcome:
    """What one part did."""

    part: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    left_out: str = ""
    output: str = ""
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def line(self) -> str:
        if self.left_out:
            return f"{self.part}: left out, {self.left_out}"
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.part}: {self.passed} passed, {self.failed} failed{skipped} ({self.seconds:.0f} s)"


def _run(
    command: list[str], environment: dict | None = None, cwd: Path = ROOT, limit: int = PART_LIMIT_SECONDS
) -> tuple[int, str]:
    """Run a part and return its exit code and output; one that takes too long is ended with all that it started."""
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        stdin=subprocess.DEVNULL, errors="replace", start_new_session=True,
    )  # fmt: skip
    _RUNNING.add(process)
    try:
        output, _none = process.communicate(timeout=limit)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        _end(process)
        output, _none = process.communicate()
        return 124, f"{output}\nstopped after {limit} s"
    except BaseException:
        _end(process)
        raise
    finally:
        _RUNNING.discard(process)


def _end(process: subprocess.Popen) -> None:
    """End a part: it may tidy up after itself, then what is left of its process group is killed."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(TIDY_UP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _ended_with_us() -> Iterator[None]:
    """When this block is interrupted, end the parts that run in other threads; their groups hear no Ctrl-C.

    A shell starts its background jobs deaf to interrupts, and the parts would inherit it: then none could tidy up.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        for process in tuple(_RUNNING):
            _end(process)
        raise


def _checked(part: str, command: list[str]) -> Outcome:
    """Run a checker: one check, passed or failed."""
    code, output = _run(command)
    return Outcome(part, passed=int(code == 0), failed=int(code != 0), output=output if code else "")


def _ruff() -> Outcome:
    ruff = [sys.executable, "-m", "ruff"]
    lint = _checked("ruff", [*ruff, "check", "--quiet", "."])
    form = _checked("ruff", [*ruff, "format", "--check", "--quiet", "."])
    return Outcome(
        "ruff", lint.passed + form.passed, lint.failed + form.failed, output=lint.output + form.output
    )


def _node_modules() -> str:
    """Bring what the lock of the root folder names (prettier, axe) where it is missing; return what went wrong."""
    npm = shutil.which("npm")
    with NODE_MODULES:
        if not npm or all((ROOT / "node_modules" / name).is_dir() for name in ("prettier", "axe-core")):
            return ""
        code, output = _run([npm, "ci", "--no-audit", "--no-fund", "--silent"])
    return output or f"npm ci ended with code {code}" if code else ""


def _prettier() -> Outcome:
    npm = shutil.which("npm")
    if not npm:
        return Outcome("prettier", left_out="Node.js is not installed")
    if problem := _node_modules():
        return Outcome("prettier", failed=1, output=problem)
    return _checked("prettier", [npm, "run", "--silent", "check"])


def _types() -> Outcome:
    """Check the types of the screens, with the modules that their build installed from the lock."""
    with FrontEnd() as front_end:
        front_end.finish(lambda text: print(f"  {text} …", file=sys.stderr, flush=True))
    if front_end.problem:
        if node_problem():
            return Outcome("types", left_out=front_end.problem)
        return Outcome("types", failed=1, output=front_end.problem)
    npm = [str(shutil.which("npm")), "--prefix", str(SOURCE)]
    if not (SOURCE / "node_modules" / ".bin" / "vue-tsc").exists():
        code, output = _run([*npm, *INSTALL])
        if code:
            return Outcome("types", failed=1, output=output)
    return _checked("types", [*npm, "run", "--silent", "check"])


def _pytest(part: str, folders: tuple[str, ...], host: str | None = None, **variables: str) -> Outcome:
    there = [str(TESTS / name) for name in folders if any((TESTS / name).rglob("test_*.py"))]
    if not there:
        return Outcome(part, left_out=f"there are no tests in {', '.join(folders)}")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    if host:
        environment["ERP_TEST_HOST"] = host
    return _pytest_outcome(part, [sys.executable, "-m", "pytest"], there, environment)


def _pytest_outcome(
    part: str, pytest: list[str], paths: list[str], environment: dict, limit: int = PART_LIMIT_SECONDS
) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="erp-tests-") as folder:
        report = Path(folder) / "report.xml"
        command = [*pytest, "-q", "-rfEs", "-p", "no:cacheprovider", f"--junitxml={report}", f"--rootdir={ROOT}",
                   "-c", str(ROOT / "pytest.ini"), *paths]  # fmt: skip
        code, output = _run(command, environment, limit=limit)
        outcome = Outcome(part)
        if report.is_file():
            _count(ElementTree.parse(report).getroot(), outcome)
    if code and not outcome.failed:
        outcome.failed = 1  # it ended before it could count: collection error, time-out, crash
    if not code and not outcome.passed:
        outcome.failed, output = 1, f"{output}\nno test ran"
    outcome.output = output if outcome.failed else ""
    return outcome


def _count(root: ElementTree.Element, outcome: Outcome) -> None:
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif (skipped := case.find("skipped")) is not None:
            outcome.skipped += 1
            outcome.reasons.append((skipped.get("message") or "").strip())
        else:
            outcome.passed += 1


def _missing_program(names: tuple[str, ...], package: str) -> str:
    """Bring a missing program with apt when that is possible; return why it stays missing, or nothing."""
    if any(find_program(name) for name in names):
        return ""
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return f"{names[0]} is not installed (as root it would be: apt-get install {package})"
    print(f"  Installing {package} …", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run([apt, "update", "-q"], environment)
    code, output = _run([apt, "install", "-y", "-q", "--no-install-recommends", package], environment)
    if code or not any(find_program(name) for name in names):
        return f"{package} could not be installed: {(output.strip().splitlines() or ['?'])[-1]}"
    return ""


def _on_sqlite() -> Outcome:
    return _pytest("acceptance and conformance on SQLite", ON_BOTH_HOSTS, "sqlite")


def _on_mariadb() -> Outcome:
    part = "acceptance and conformance on MariaDB"
    missing = _missing_program(("mariadbd", "mysqld"), "mariadb-server-core")
    if missing:
        return Outcome(part, left_out=missing)
    return _pytest(part, ON_BOTH_HOSTS, "mariadb")


def _without_browser(part: str) -> Outcome | None:
    """Bring what the browser tests need; return the outcome of a part that cannot run, or None."""
    missing = _missing_program(CHROMIUM, "chromium")
    if missing:
        return Outcome(part, left_out=missing)
    problem = _node_modules()
    return Outcome(part, failed=1, output=problem) if problem else None


def _browser() -> Outcome:
    return _without_browser("browser") or _pytest("browser", ("browser",))


def _benchmarks(part: str, host: str) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="erp-figures-") as folder:
        file = Path(folder) / "figures"
        outcome = _pytest(part, ("benchmarks",), host, ERP_FIGURES=str(file))
        outcome.figures = figures_of(file)
    return outcome


def figures_of(file: Path) -> list[str]:
    """Return the figures that the benchmarks wrote, one line each."""
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    return [f"{row['name']} [{row['host']}]: {row['value']} {row['unit']}" for row in rows]


PARTS: dict[str, Callable[[], Outcome]] = {
    "ruff": _ruff,
    "prettier": _prettier,
    "types": _types,
    "unit": lambda: _pytest("unit", ("unit",)),
    "architecture": lambda: _pytest("architecture", ("architecture",)),
    "sqlite": _on_sqlite,
    "mariadb": _on_mariadb,
    "embedded": lambda: _pytest("embedded", ("embedded",)),
    "commands": lambda: _pytest("commands", ("commands",)),
    "browser": _browser,
}
ON_DEMAND: dict[str, Callable[[], Outcome]] = {
    "benchmarks": lambda: _benchmarks("benchmarks on SQLite", "sqlite"),
    "benchmarks-mariadb": lambda: _benchmarks("benchmarks on MariaDB", "mariadb"),
}


def _timed(name: str) -> Outcome:
    started = time.monotonic()
    print(f"  Running {name} …", file=sys.stderr, flush=True)
    outcome = (PARTS | ON_DEMAND)[name]()
    outcome.seconds = time.monotonic() - started
    return outcome


def run_here(parts: tuple[str, ...]) -> int:
    """Run these parts (all of them when none is named), two at a time; return 1 when anything failed."""
    known = {**PARTS, **ON_DEMAND}
    for name in parts:
        if name not in known:
            raise UsageProblem(f"There is no part {name!r}; the parts are: {', '.join(known)}.")
    outcomes = []
    with ThreadPoolExecutor(max_workers=2) as pool, _ended_with_us():
        for outcome in pool.map(_timed, parts or tuple(PARTS)):
            outcomes.append(outcome)
            _print(outcome)
    return _close(outcomes)


def run_on_bench(path: str, site: str | None, folders: tuple[str, ...] = ON_BOTH_HOSTS) -> int:
    """Run acceptance, conformance and browser tests (or the benchmarks) on a real bench.

    They run on `site`; without one, on two fresh sites at once, each with its share of the files, so that the run
    takes half as long. Benchmarks have the machine for themselves.
    """
    bench = RealBench(path, progress=lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    if site:
        bench.site_config(site)
    not_run = _without_browser("browser on Frappe") if folders == ON_BOTH_HOSTS else None
    if folders == ON_BOTH_HOSTS and not not_run:
        folders = (*folders, "browser")
    with bench.services():
        if site:
            if "erp_rules" not in bench.installed_apps(site):
                raise UsageProblem(
                    f"The app is not installed on {site}; do that first:"
                    f" ./erp install --bench {bench.path} --site {site}"
                )
            outcomes = [_bench_outcome(bench, site, folders, _files(folders))]
        else:
            shares = [_files(folders)] if folders == ("benchmarks",) else _shares(folders)
            bench.test_tools()
            with (
                bench.fresh_sites(len(shares)) as fresh,
                ThreadPoolExecutor(len(shares)) as pool,
                _ended_with_us(),
            ):
                runs = [
                    pool.submit(_bench_outcome, bench, name, folders, share)
                    for name, share in zip(fresh, shares, strict=True)
                ]
                outcomes = [run.result() for run in runs]
    outcomes += [not_run] if not_run else []
    for outcome in outcomes:
        _print(outcome)
    return _close(outcomes)


def _files(folders: tuple[str, ...]) -> list[Path]:
    return [file for name in folders for file in sorted((TESTS / name).rglob("test_*.py"))]


def _shares(folders: tuple[str, ...]) -> list[list[Path]]:
    """Divide the test files into two shares; files that share what they set up stay together."""
    acceptance = _files(("acceptance",) if "acceptance" in folders else ())
    others = [name for name in folders if name != "acceptance"]
    shares = [acceptance[0::2] + _files(tuple(others[0::2])), acceptance[1::2] + _files(tuple(others[1::2]))]
    return [share for share in shares if share]


def _bench_outcome(bench: RealBench, site: str, folders: tuple[str, ...], files: list[Path]) -> Outcome:
    started = time.monotonic()
    what = " and ".join(name for name in folders if any(TESTS / name in file.parents for file in files))
    print(f"  Running {what} on {site} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="erp-figures-") as folder:
        figures = Path(folder) / "figures"
        outcome = _pytest_outcome(
            f"{what} on Frappe {bench.version}",
            bench.pytest_command([]),
            [str(file) for file in files],
            {**bench.test_environment(site), "ERP_FIGURES": str(figures)},
            BENCH_LIMIT_SECONDS,
        )
        outcome.figures = figures_of(figures)
    outcome.seconds = time.monotonic() - started
    return outcome


def _print(outcome: Outcome) -> None:
    if outcome.output:
        print(f"--- {outcome.part} ---\n{outcome.output.rstrip()}", flush=True)
    print(re.sub(r"\s+", " ", outcome.line()), flush=True)
    for line in outcome.figures:
        print(f"  {line}", flush=True)
    for reason in sorted(set(outcome.reasons)):
        print(f"  skipped: {reason}", flush=True)


def _close(outcomes: list[Outcome]) -> int:
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    skipped = sum(o.skipped for o in outcomes)
    if not passed and not failed:
        failed = 1  # a run without a test is not a success
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0
