"""Drive a real Frappe bench from outside: its services, its sites and its own Python."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from commands.config import ROOT, UsageProblem

APP = "erp_rules"
APP_FOLDER = ROOT / "apps" / APP
NEEDED_MAJOR = "15"


def answers(host: str, port: int) -> bool:
    """Return whether something accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=2):
        return True
    return False


def find_program(name: str) -> str | None:
    """Return the path of a program, also looking where Debian keeps servers."""
    return shutil.which(
        name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    )


def default_bench() -> Path | None:
    """Return the bench that `FRAPPE_BENCH` names or that lies in the home folder, if there is one."""
    for candidate in (os.environ.get("FRAPPE_BENCH"), Path.home() / "frappe-bench"):
        if candidate and (Path(candidate) / "apps" / "frappe" / "frappe" / "__init__.py").is_file():
            return Path(candidate)
    return None


class RealBench:
    """A bench folder as `bench init` makes it."""

    def __init__(self, path: str | Path, progress: Callable[[str], None] = print):
        self.path = Path(path).expanduser().resolve()
        self.sites = self.path / "sites"
        self.python = self.path / "env" / "bin" / "python"
        self.progress = progress
        self._check()
        common = self.sites / "common_site_config.json"
        self.common = json.loads(common.read_text(encoding="utf-8")) if common.is_file() else {}

    def _check(self) -> None:
        for part in (self.sites, self.python, self.path / "apps" / "frappe" / "frappe" / "__init__.py"):
            if not part.exists():
                raise UsageProblem(
                    f"{self.path} is not a Frappe bench ({part.relative_to(self.path)} is missing);"
                    " give the folder that `bench init` made."
                )
        source = (self.path / "apps" / "frappe" / "frappe" / "__init__.py").read_text(encoding="utf-8")
        version = next(
            (line.split('"')[1] for line in source.splitlines() if line.startswith("__version__")), "?"
        )
        if version.split(".")[0] != NEEDED_MAJOR:
            raise UsageProblem(f"The bench has Frappe {version}; the app needs Frappe {NEEDED_MAJOR}.")
        self.version = version

    # --- services ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def services(self) -> Iterator[None]:
        """Start the services that do not answer and stop exactly those afterwards."""
        started: list[subprocess.Popen] = []
        try:
            for key, file in (("redis_cache", "redis_cache.conf"), ("redis_queue", "redis_queue.conf")):
                address = urlsplit(self.common.get(key) or "")
                if address.hostname and not answers(address.hostname, address.port or 6379):
                    started.append(self._start_redis(key, address.port or 6379, self.path / "config" / file))
            host, port = self.database_address()
            if not answers(host, port):
                started.append(self._start_mariadb(host, port))
            yield
        finally:
            for process in reversed(started):
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()

    def database_address(self) -> tuple[str, int]:
        """Return host and port of the bench's MariaDB."""
        return self.common.get("db_host") or "127.0.0.1", int(self.common.get("db_port") or 3306)

    def _start_redis(self, name: str, port: int, config: Path) -> subprocess.Popen:
        server = find_program("redis-server")
        if not server:
            raise UsageProblem(
                f"{name} does not answer on port {port} and redis-server is not installed; start or install it."
            )
        plain = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        arguments = [str(config), "--daemonize", "no"] if config.is_file() else plain
        return self._spawn(name, [server, *arguments], "127.0.0.1", port)

    def _start_mariadb(self, host: str, port: int) -> subprocess.Popen:
        server = find_program("mariadbd") or find_program("mysqld")
        settings = self.path / "config" / "my.cnf"
        local = host in {"127.0.0.1", "localhost", "::1"}
        if not (server and local and (settings.is_file() or Path("/var/lib/mysql/mysql").is_dir())):
            raise UsageProblem(f"MariaDB does not answer on {host}:{port}; start it and run this again.")
        if settings.is_file():
            return self._spawn("MariaDB", [server, f"--defaults-file={settings}"], host, port)
        user = [] if os.geteuid() else ["--user=mysql"]
        Path("/run/mysqld").mkdir(exist_ok=True)
        if user:
            shutil.chown("/run/mysqld", "mysql", "mysql")
        return self._spawn(
            "MariaDB", [server, *user, "--bind-address=127.0.0.1", f"--port={port}"], host, port
        )

    def _spawn(self, name: str, command: list[str], host: str, port: int) -> subprocess.Popen:
        self.progress(f"Starting {name} of the bench")
        process = subprocess.Popen(
            command,
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not answers(host, port):
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                raise UsageProblem(
                    f"{name} of the bench did not start on port {port}; start it and try again."
                )
            time.sleep(0.2)
        return process

    # --- bench commands --------------------------------------------------------------------------

    def run(self, *arguments: str, timeout: int = 900) -> str:
        """Run one `bench` command and return its output; a failure is raised with the output's end."""
        done = subprocess.run(
            [str(self.python), "-m", "frappe.utils.bench_helper", "frappe", *arguments],
            cwd=self.sites,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            tail = (done.stdout + done.stderr).strip()[-1500:]
            shown = " ".join(a for a in arguments if "password" not in a)
            raise RuntimeError(f"bench {shown[:80]} ended with code {done.returncode}:\n{tail}")
        return done.stdout

    def environment(self, **extra: str) -> dict[str, str]:
        """Return this process's environment without what belongs to the embedded bench."""
        kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}}
        return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **extra}

    def site_config(self, site: str) -> dict:
        """Return the settings of a site, or refuse a name that is none."""
        file = self.sites / site / "site_config.json"
        if not file.is_file():
            there = sorted(p.parent.name for p in self.sites.glob("*/site_config.json"))
            raise UsageProblem(
                f"There is no site {site} on this bench; its sites: {', '.join(there) or 'none'}."
                f" Make one with: bench new-site {site}"
            )
        return json.loads(file.read_text(encoding="utf-8"))

    def site_python(self, site: str, code: str, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run Python code in the bench's Python, connected to the site as Administrator."""
        head = f"import sys, frappe\nfrappe.init(site={site!r}, sites_path={str(self.sites)!r})\nfrappe.connect()\n"
        command = [str(self.python), "-c", head + code, *arguments]
        return subprocess.run(command, cwd=self.sites, env=self.environment(), text=True, **options)

    def installed_apps(self, site: str) -> list[str]:
        """Return the apps that the site has installed."""
        done = self.site_python(site, "print(*frappe.get_installed_apps())", capture_output=True)
        if done.returncode:
            raise RuntimeError(f"{site} cannot be read:\n{done.stderr[-1500:]}")
        return done.stdout.split()

    # --- the app on the bench ----------------------------------------------------------------------

    def register_app(self) -> Callable[[], None]:
        """Make the bench know this app; return a function that undoes exactly what was added."""
        undo: list[Callable[[], object]] = []
        link = self.path / "apps" / APP
        if link.exists() and link.resolve() != APP_FOLDER:
            raise UsageProblem(
                f"{link} is another copy of the app; update or remove it, then run this again."
            )
        if link.is_symlink() and not link.exists():
            link.unlink()
        if not link.exists():
            link.symlink_to(APP_FOLDER, target_is_directory=True)
            undo.append(link.unlink)
        if not self._imports_our_app():
            self._pip_install()
            undo.append(lambda: self._pip("uninstall", "--yes", APP))
        apps = self.sites / "apps.txt"
        names = apps.read_text(encoding="utf-8").split() if apps.is_file() else ["frappe"]
        if APP not in names:
            apps.write_text("\n".join([*names, APP]) + "\n", encoding="utf-8")
            undo.append(lambda: self._forget_app_name(apps))
        assets = self.sites / "assets" / APP
        public = APP_FOLDER / APP / "public"
        if public.is_dir() and not assets.exists():
            assets.parent.mkdir(exist_ok=True)
            assets.unlink(missing_ok=True)
            assets.symlink_to(public, target_is_directory=True)
            undo.append(assets.unlink)

        def undo_all() -> None:
            for step in reversed(undo):
                with contextlib.suppress(FileNotFoundError):
                    step()

        return undo_all

    @staticmethod
    def _forget_app_name(apps: Path) -> None:
        names = [name for name in apps.read_text(encoding="utf-8").split() if name != APP]
        apps.write_text("\n".join(names) + "\n", encoding="utf-8")

    def _imports_our_app(self) -> bool:
        code = f"import {APP}, os; print(os.path.realpath({APP}.__file__))"
        done = subprocess.run(
            [str(self.python), "-c", code],
            cwd=self.sites,
            env=self.environment(),
            capture_output=True,
            text=True,
        )
        return done.returncode == 0 and Path(done.stdout.strip()).parent == APP_FOLDER / APP

    def _pip(self, *arguments: str) -> subprocess.CompletedProcess:
        pip = [str(self.python), "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
        return subprocess.run(pip, env=self.environment(), capture_output=True, text=True, timeout=600)

    def _pip_install(self) -> None:
        self.progress("Installing the app into the bench's Python")
        base = ("install", "--no-deps", "--editable", str(self.path / "apps" / APP))
        done = self._pip(*base, "--no-build-isolation")
        if done.returncode:
            done = self._pip(*base)
        if done.returncode:
            raise RuntimeError(f"pip could not install the app:\n{done.stderr[-1500:]}")

    def install(self, site: str) -> str:
        """Install the app on the site, or migrate it where it is installed; return what was done."""
        self.site_config(site)
        self._refuse_erpnext(site)
        undo = self.register_app()
        try:
            if APP in self.installed_apps(site):
                self.progress(f"Migrating {site}")
                self.run("--site", site, "migrate", "--skip-search-index")
                return "migrated"
            self.progress(f"Installing the app on {site}")
            self.run("--site", site, "install-app", APP)
            return "installed"
        except BaseException:
            undo()
            raise

    def _refuse_erpnext(self, site: str) -> None:
        if "erpnext" in self.installed_apps(site):
            raise UsageProblem(
                f"{site} has ERPNext, whose DocTypes have the same names as this app's; use a site without it."
            )

    @contextlib.contextmanager
    def fresh_sites(self, count: int = 1) -> Iterator[list[str]]:
        """Make sites with the app for the length of the block and remove them and what they needed."""
        root = [
            f"--db-root-username={self.common.get('root_login') or 'root'}",
            f"--db-root-password={os.environ.get('ERP_DB_ROOT_PASSWORD') or self.common.get('root_password') or ''}",
        ]
        names = [f"erp-test-{secrets.token_hex(4)}.localhost" for _ in range(count)]
        undo = self.register_app()
        try:
            for name in names:
                self.progress(f"Making the site {name} on the bench")
                self.run(
                    "new-site", name, "--admin-password", secrets.token_hex(8), *root,
                    "--no-mariadb-socket", "--install-app", APP,
                )  # fmt: skip
            yield names
        finally:
            for name in names:
                if (self.sites / name).is_dir():
                    self._drop_site(name)
            undo()

    def _drop_site(self, name: str) -> None:
        archive = Path(tempfile.mkdtemp(prefix="erp-archived-"))
        login = self.common.get("root_login") or "root"
        password = os.environ.get("ERP_DB_ROOT_PASSWORD") or self.common.get("root_password") or ""
        try:
            self.run(
                "drop-site", name, "--no-backup", "--force", f"--archived-sites-path={archive}",
                f"--db-root-username={login}", f"--db-root-password={password}",
            )  # fmt: skip
        finally:
            shutil.rmtree(archive, ignore_errors=True)

    # --- tests -------------------------------------------------------------------------------------

    def test_tools(self) -> str | None:
        """Return a folder with pytest for the bench's Python, or None when the bench has it already.

        Its folder `first` holds the lock's hypothesis: Frappe brings one whose state machines try next to nothing.
        """
        lock = ROOT / "requirements" / "dev.txt"
        wanted = re.search(r"^hypothesis==(\S+)", lock.read_text(encoding="utf-8"), re.M)[1]
        modules = (
            f"import pytest, pytest_timeout, playwright, hypothesis as h; assert h.__version__ == {wanted!r}"
        )
        probe = [str(self.python), "-c", modules]
        if subprocess.run(probe, env=self.environment(), capture_output=True).returncode == 0:
            return None
        tag = subprocess.run([str(self.python), "-c", "import sys; print(sys.implementation.cache_tag)"],
                             capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
        folder = ROOT / ".cache" / f"bench-tests-{tag}"
        first = folder / "first"
        if not (first / f"hypothesis-{wanted}.dist-info").exists():
            self.progress("Installing pytest beside the bench's Python")
            shutil.rmtree(folder, ignore_errors=True)
            done = self._pip("install", "--target", str(folder), "--require-hashes", "-r", str(lock))
            if done.returncode:
                raise RuntimeError(f"pytest could not be installed:\n{done.stderr[-1500:]}")
            first.mkdir()
            # What tells that all is there comes last, so that an installation cut short is done again.
            for part in sorted(folder.glob("*hypothesis*"), key=lambda path: path.suffix == ".dist-info"):
                part.rename(first / part.name)
        return str(folder)

    def pytest_command(self, arguments: list[str]) -> list[str]:
        """Return a command that runs pytest with the bench's own libraries, but for hypothesis, first on the path."""
        tools = self.test_tools()
        code = "import sys\n"
        if tools:
            code += f"sys.path.insert(0, {tools + '/first'!r})\nsys.path.append({tools!r})\n"
        code += "import pytest\nsys.exit(pytest.main(sys.argv[1:]))"
        return [str(self.python), "-c", code, *arguments]

    def test_environment(self, site: str) -> dict[str, str]:
        """Return the environment in which the test suites find this bench and this site."""
        return self.environment(
            ERP_TEST_HOST="bench", FRAPPE_BENCH=str(self.path), ERP_TEST_SITE=site, SITES_PATH=str(self.sites)
        )
