"""`./erp start`, `demo`, `test` and `install`."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from commands.config import ROOT, Config, UsageProblem, load
from commands.front_end import FrontEnd

STATE_FILE = "erp_start.json"
OURS = "database-is-ours"
FIXTURES = ROOT / "fixtures"


class Steps:
    """Progress on standard error: one line per long step with its seconds."""

    def __init__(self) -> None:
        self.open_since: float | None = None

    def __call__(self, text: str) -> None:
        self.done()
        print(f"  {text} …", end=" ", file=sys.stderr, flush=True)
        self.open_since = time.monotonic()

    def done(self) -> None:
        """Close the line of the step before."""
        if self.open_since is not None:
            print(f"{time.monotonic() - self.open_since:.1f} s", file=sys.stderr, flush=True)
        self.open_since = None


@click.group()
def cli() -> None:
    """Purchasing, subcontracting and payables under a written regulation."""


# --- start -----------------------------------------------------------------------------------------


@cli.command()
@click.option("--config", "config_file", metavar="FILE", help="Settings instead of bench.config.json.")
@click.option("--site", metavar="NAME", help="Site instead of the one in the settings.")
@click.option("--port", type=int, help="Port instead of the one in the settings.")
@click.option("--no-screens", is_flag=True, help="Do not build the screens; serve what is there.")
def start(config_file: str | None, site: str | None, port: int | None, no_screens: bool) -> int:
    """Make everything that is missing, then serve the site until Ctrl-C."""
    config = load(config_file, site=site, port=port)
    _refuse_taken_port(config)
    steps = Steps()
    _check_services(config)
    config.sites_path.mkdir(parents=True, exist_ok=True)
    with _only_one(config), FrontEnd(wanted=not no_screens) as screens:
        folder = config.sites_path / config.site
        if folder.exists():
            _bring_up_to_date(config, steps)
        else:
            _make_site(config, steps)
        screens.finish(steps)
        steps.done()
        _serve(config)
    return 0


def _refuse_taken_port(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except PermissionError:
            raise UsageProblem(
                f"Port {config.port} needs more rights than you have; use one above 1023:"
                " ./erp start --port 8080"
            ) from None
        except OSError as error:
            raise UsageProblem(
                f"Port {config.port} on {config.host} cannot be used ({error.strerror}); stop the program that has it"
                f" or take another: ./erp start --port {config.port + 1 if config.port < 65535 else 8080}"
            ) from None


def _check_services(config: Config) -> None:
    from commands.real_bench import answers

    if config.redis:
        host, _, port = config.redis.removeprefix("redis://").partition("/")[0].rpartition(":")
        if not answers(host, int(port)):
            raise UsageProblem(f'Redis does not answer on {host}:{port}; start it or set "redis" to null.')
    database = config.database
    if database.type == "mariadb" and not answers(database.host, database.port):
        raise UsageProblem(
            f"MariaDB does not answer on {database.host}:{database.port}; start it or set database.type to sqlite."
        )


@contextlib.contextmanager
def _only_one(config: Config) -> Iterator[None]:
    """Hold the site for this process; a second server or first start of the same site is refused."""
    with (config.sites_path / f".{config.site}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageProblem(
                f"The site {config.site} is being served already; use that server, or stop it first."
            ) from None
        yield


def _site_database(config: Config) -> dict | None:
    database = config.database
    if database.type == "sqlite":
        return None
    password = os.environ.get(database.root_password_env)
    if password is None:
        raise UsageProblem(
            f"A new MariaDB site needs the password of {database.root_user};"
            f" set the environment variable {database.root_password_env}."
        )
    name = database.name or "erp_" + hashlib.sha256(config.site.encode()).hexdigest()[:12]
    return {
        "db_type": "mariadb",
        "db_host": database.host,
        "db_port": database.port,
        "db_name": name,
        "root_login": database.root_user,
        "root_password": password,
    }


def _free_database(database: dict, is_ours: bool) -> None:
    """Make sure that the name of the new database is free; what a killed start began is removed.

    The mark that makes it ours is set when the name was found free, so nobody else's data is touched.
    """
    import pymysql

    name, place = database["db_name"], f"{database['db_host']}:{database['db_port']}"
    try:
        connection = pymysql.connect(
            host=database["db_host"],
            port=database["db_port"],
            user=database["root_login"],
            password=database["root_password"],
        )
    except pymysql.Error as error:
        raise UsageProblem(
            f"MariaDB on {place} refuses {database['root_login']} ({error.args[-1]}); check user and password."
        ) from None
    with connection, connection.cursor() as cursor:
        exists = cursor.execute("show databases like %s", (name.replace("_", r"\_"),))
        if exists and not is_ours:
            raise UsageProblem(
                f"The database {name} is there already on {place}, but no site of ours uses it;"
                " set another database.name, or drop it."
            )
        if is_ours:
            cursor.execute(f"drop database if exists `{name}`")
            cursor.execute("select user, host from mysql.user where user = %s", (name,))
            for user in cursor.fetchall():
                cursor.execute("drop user %s@%s", user)


def _make_site(config: Config, steps: Steps) -> None:
    """Make the site in a folder beside the others and move it in place when it is complete."""
    from bench_host.sites import create_site

    building, database = config.sites_path / f".building-{config.site}", _site_database(config)
    if database:
        _free_database(database, is_ours=(building / OURS).exists())
    shutil.rmtree(building, ignore_errors=True)  # left by a start that was killed
    building.mkdir()
    if database:
        (building / OURS).touch()
    _write_common_config(config, building)
    administrator, password = secrets.token_urlsafe(9), f"demo-{secrets.token_hex(3)}"
    try:
        create_site(
            config.site,
            str(building),
            db=database,
            admin_password=administrator,
            apps=(config.app,),
            progress=steps,
        )
        if config.demo_company:
            _load_company(config.site, building, password, steps)
        _write_state(building / config.site, config, {"administrator": administrator, "demo": password})
        (building / config.site).rename(config.sites_path / config.site)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _write_common_config(config, config.sites_path)


def _load_company(site: str, sites_path: Path, password: str, steps: Steps) -> None:
    import frappe

    frappe.init(site=site, sites_path=str(sites_path))
    frappe.connect()
    try:
        from erp_rules.demo.company import load as load_company

        load_company(FIXTURES, password=password, progress=steps)
        frappe.db.commit()
    finally:
        frappe.destroy()


def _write_common_config(config: Config, folder: Path) -> None:
    file = folder / "common_site_config.json"
    redis = {"redis_cache": config.redis, "redis_queue": config.redis} if config.redis else {}
    content = json.dumps(redis, indent=1, sort_keys=True) + "\n"
    if not file.exists() or file.read_text(encoding="utf-8") != content:
        file.write_text(content, encoding="utf-8")


def _source_hash(config: Config) -> str:
    """Return a hash of everything that a migration would look at."""
    digest = hashlib.sha256()
    for top in (ROOT / "apps" / config.app / config.app, ROOT / "embedded_bench"):
        for path in sorted(top.rglob("*")):
            relative = path.relative_to(top)
            if path.suffix in {".json", ".py", ".csv", ".txt"} and relative.parts[0] not in {"public", "www"}:
                stat = path.stat()
                digest.update(f"{relative} {stat.st_size} {stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _app_version(config: Config) -> str:
    import importlib

    return importlib.import_module(config.app).__version__


def _write_state(folder: Path, config: Config, logins: dict | None) -> None:
    file = folder / STATE_FILE
    state = {"app_version": _app_version(config), "source": _source_hash(config), "logins": logins}
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    fresh.replace(file)


def _read_state(config: Config) -> dict:
    folder = config.sites_path / config.site
    if not (folder / "site_config.json").is_file():
        raise UsageProblem(
            f"{folder} is not a site (it has no site_config.json); remove that folder or use --site with another name."
        )
    try:
        return json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise UsageProblem(f"{folder / STATE_FILE} is damaged; remove that file and start again.") from None


def version_key(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare, ignoring what follows them (`1.2.0-dev` → 1, 2, 0)."""
    numbers = []
    for part in version.split("-")[0].split("."):
        digits = "".join(c for c in part if c.isdigit())
        numbers.append(int(digits or 0))
    return tuple(numbers)


def _bring_up_to_date(config: Config, steps: Steps) -> None:
    state = _read_state(config)
    ours, theirs = _app_version(config), state.get("app_version") or _installed_version(config)
    if version_key(theirs) > version_key(ours):
        raise UsageProblem(
            f"The site {config.site} was made by {config.app} {theirs}, which is newer than this {ours};"
            " update this copy (git pull) or use another site: ./erp start --site NAME"
        )
    _write_common_config(config, config.sites_path)
    if state.get("source") == _source_hash(config):
        return
    from bench_host.sites import migrate_site

    migrate_site(config.site, str(config.sites_path), progress=steps)
    _write_state(config.sites_path / config.site, config, state.get("logins"))


def _installed_version(config: Config) -> str:
    import frappe

    frappe.init(site=config.site, sites_path=str(config.sites_path))
    frappe.connect()
    try:
        version = frappe.db.get_value("Installed Application", {"app_name": config.app}, "app_version")
        return version or "0"
    finally:
        frappe.destroy()


def _serve(config: Config) -> None:
    from bench_host.server import serve

    logins = _read_state(config).get("logins") or {}

    def ready() -> None:
        print(
            f"\nServing {config.site} at http://{config.host}:{config.port}  (Ctrl-C ends it)\n", flush=True
        )
        for line in _login_lines(config, logins):
            print(line, flush=True)

    serve(
        config.site,
        str(config.sites_path),
        host=config.host,
        port=config.port,
        threads=config.threads,
        on_ready=ready,
    )


def _login_lines(config: Config, logins: dict) -> list[str]:
    lines = []
    if config.demo_company and logins.get("demo"):
        from erp_rules.demo.company import role_logins

        rows = role_logins(FIXTURES)
        width = max(len(role) for role, _ in rows)
        lines = [f"  {role:<{width}}  {login}" for role, login in rows]
        lines.append(f"\nThe password of each of them: {logins['demo']}")
    if logins.get("administrator"):
        lines.append(f"Administrator's password: {logins['administrator']}")
    return lines


# --- demo ------------------------------------------------------------------------------------------


@cli.command()
@click.option("--bench", metavar="PATH", help="Run on a real bench instead (writes to that site).")
@click.option("--site", metavar="NAME", help="Site of that bench; the app must be installed on it.")
def demo(bench: str | None, site: str | None) -> int:
    """Take the demo company through survey, approval, price change, expiry and waiver."""
    if bench or site:
        return _demo_on_bench(bench, site)
    from bench_host.sites import create_site

    steps = Steps()
    with tempfile.TemporaryDirectory(prefix="erp-demo-") as folder:
        name, password = "demo.localhost", secrets.token_urlsafe(9)
        create_site(name, folder, admin_password=password, apps=("erp_rules",), progress=steps)
        _load_company(name, Path(folder), password, steps)
        steps.done()
        import frappe

        frappe.init(site=name, sites_path=folder)
        frappe.connect()
        try:
            from erp_rules.demo.scenario import run

            return run()
        finally:
            frappe.destroy()


def _demo_on_bench(path: str | None, site: str | None) -> int:
    bench, site = _bench_and_site(path, site)
    with bench.services():
        _refuse_without_app(bench, site)
        code = (
            "from erp_rules.demo import company, scenario\n"
            "company.load(sys.argv[1], progress=lambda text: print('  ' + text, file=sys.stderr, flush=True))\n"
            "frappe.db.commit()\nsys.exit(scenario.run())"
        )
        return bench.site_python(site, code, str(FIXTURES)).returncode


def _bench_and_site(path: str | None, site: str | None):
    from commands.real_bench import RealBench

    if not path:
        raise UsageProblem("--site belongs to a real bench; give its folder too: --bench PATH")
    bench = RealBench(path, progress=lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    if not site:
        raise UsageProblem("--site is missing: the site of the bench to use.")
    bench.site_config(site)
    return bench, site


def _refuse_without_app(bench, site: str) -> None:
    if "erp_rules" not in bench.installed_apps(site):
        raise UsageProblem(
            f"The app is not installed on {site}; do that first: ./erp install --bench {bench.path} --site {site}"
        )


# --- install ---------------------------------------------------------------------------------------


@cli.command()
@click.option("--bench", required=True, metavar="PATH", help="Folder that `bench init` made.")
@click.option("--site", required=True, metavar="NAME", help="Site to install on.")
def install(bench: str, site: str) -> int:
    """Install the app on a site of a real Frappe bench, or migrate it there."""
    real, site = _bench_and_site(bench, site)
    steps = Steps()
    with real.services(), FrontEnd() as screens:
        screens.finish(steps)
        steps.done()
        done = real.install(site)
    print(f"erp_rules is {done} on {site}.")
    return 0


# --- test ------------------------------------------------------------------------------------------


@cli.command()
@click.argument("parts", nargs=-1)
@click.option("--bench", metavar="PATH", help="Run acceptance and conformance tests on a real bench.")
@click.option("--site", metavar="NAME", help="Site of that bench (default: fresh ones, removed afterwards).")
def test(parts: tuple[str, ...], bench: str | None, site: str | None) -> int:
    """Run every test, or only the named PARTS; with --bench on a real Frappe site."""
    from commands import testing

    if bench:
        if parts not in ((), ("benchmarks",)):
            raise UsageProblem(
                "On a real bench only the part benchmarks can be chosen; leave the others out."
            )
        return testing.run_on_bench(bench, site, parts or testing.ON_BOTH_HOSTS)
    if site:
        raise UsageProblem("--site belongs to a real bench; give its folder too: --bench PATH")
    return testing.run_here(parts)
