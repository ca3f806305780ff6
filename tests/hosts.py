"""The hosts that the tests run on: the embedded bench (SQLite or MariaDB) and a real Frappe bench.

The environment says which one:

- `ERP_TEST_HOST`: `sqlite` (default), `mariadb` or `bench`.
- `ERP_TEST_MARIADB`: `user:password@host:port` of a server that may create databases. Without it a
  private server is started in a temporary folder for the length of the run.
- `FRAPPE_BENCH` and `ERP_TEST_SITE`: folder of the bench and name of the site, for `bench` only.
  The tests are then run by the bench's own Python; the site is used as it is.

Nothing here imports Frappe before a site is asked for, so that tests of pure functions need no site.
"""

from __future__ import annotations

import atexit
import hashlib
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "apps" / "erp_rules"
EMBEDDED = ROOT / "embedded_bench"
HOST = os.environ.get("ERP_TEST_HOST", "sqlite")
HOSTS = ("sqlite", "mariadb", "bench")
SITE = "test.localhost"
PASSWORD = "Demo.2026-pass"

ROLES = (
    "Purchaser",
    "Purchasing Manager",
    "Planner",
    "Planning Manager",
    "Quality Inspector",
    "Warehouse Keeper",
    "Warehouse Manager",
    "Receiving Clerk",
    "Engineer",
    "Finance Officer",
    "Cost Accountant",
    "Finance Manager",
    "Sales Coordinator",
    "Division Head",
    "Top Executive",
    "Rule Administrator",
    "Internal Auditor",
)

_counter = itertools.count(1)


def prepare_path() -> None:
    """Make `frappe` and `erp_rules` importable for the chosen host."""
    if HOST not in HOSTS:
        raise SystemExit(f"ERP_TEST_HOST is {HOST!r}; it must be one of {', '.join(HOSTS)}.")
    if HOST == "bench":
        wanted = [str(APP)]
    else:
        wanted = [str(EMBEDDED), str(APP)]
    for path in reversed(wanted):
        if path not in sys.path:
            sys.path.insert(0, path)


def is_bench() -> bool:
    """Return whether the tests run on a real Frappe bench."""
    return HOST == "bench"


def unique(prefix: str = "T") -> str:
    """Return a name that no other test of any run uses, for tests that commit."""
    return f"{prefix}-{next(_counter)}-{secrets.token_hex(3)}"


def user_for(role: str, number: int = 1) -> str:
    """Return the login of the scratch user that has only this role; `number` 2 is a second person."""
    local = role.lower().replace(" ", ".")
    return f"{local}@demo.example" if number == 1 else f"{local}.{number}@demo.example"


# --- private MariaDB -------------------------------------------------------------------------


def free_port() -> int:
    """Return a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(*names: str) -> str | None:
    """Return the path of the first of these programs that is there, also looking where servers live."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return None


class PrivateMariaDB:
    """A MariaDB server of our own: temporary data folder, loopback port, gone when stopped."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="erp-mariadb-"))
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.process: subprocess.Popen | None = None

    def start(self) -> dict:
        """Start the server and return the connection settings of its root user."""
        server, installer = program("mariadbd", "mysqld"), program("mariadb-install-db", "mysql_install_db")
        if not server or not installer:
            raise RuntimeError("MariaDB server is not installed (apt-get install mariadb-server).")
        data = self.folder / "data"
        as_root = ["--user=root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        subprocess.run(
            [installer, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db", *as_root],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180,
        )  # fmt: skip
        init = self.folder / "init.sql"
        init.write_text(
            f"CREATE OR REPLACE USER 'root'@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\nFLUSH PRIVILEGES;\n"
        )
        self.process = subprocess.Popen(
            [server, "--no-defaults", *as_root, f"--datadir={data}", f"--socket={self.folder}/s.sock",
             f"--tmpdir={self.folder}",  # a starting server clears its folder, also of another's files
             f"--pid-file={self.folder}/server.pid", "--bind-address=127.0.0.1", f"--port={self.port}",
             f"--init-file={init}", "--character-set-server=utf8mb4",
             "--collation-server=utf8mb4_unicode_ci", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0",
             "--sync-binlog=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=128M"],
            stdout=subprocess.DEVNULL, stderr=(self.folder / "error.log").open("wb"),
        )  # fmt: skip
        atexit.register(self.stop)
        self._wait()
        return {"host": "127.0.0.1", "port": self.port, "user": "root", "password": self.password}

    def _wait(self) -> None:
        import pymysql

        until = time.monotonic() + 60
        while True:
            try:
                pymysql.connect(host="127.0.0.1", port=self.port, user="root", password=self.password).close()
                return
            except pymysql.Error:
                if time.monotonic() > until or self.process.poll() is not None:
                    log = (self.folder / "error.log").read_text(errors="replace")[-2000:]
                    self.stop()
                    raise RuntimeError(f"The private MariaDB server did not start:\n{log}") from None
                time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server and remove its folder; calling it twice is harmless."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def mariadb_settings() -> dict:
    """Return the settings of a MariaDB server for scratch databases, starting a private one if needed."""
    given = os.environ.get("ERP_TEST_MARIADB")
    if not given:
        return PrivateMariaDB().start()
    login, _, address = given.rpartition("@")
    user, _, password = login.partition(":")
    host, _, port = address.partition(":")
    return {"host": host, "port": int(port or 3306), "user": user, "password": password}


# --- sites -----------------------------------------------------------------------------------


@dataclass
class TestSite:
    """A site that tests may write to."""

    __test__ = False
    name: str
    sites_path: str
    folder: Path | None = None
    database: dict | None = field(default=None, repr=False)

    def connect(self) -> None:
        """Connect this thread to the site as Administrator."""
        import frappe

        frappe.init(site=self.name, sites_path=self.sites_path)
        frappe.connect()
        frappe.local.lang = "en"
        frappe.set_user("Administrator")

    def disconnect(self) -> None:
        """Close this thread's connection; what was not committed is lost."""
        import frappe

        frappe.destroy()

    def drop(self) -> None:
        """Remove what `make_site` made; a bench site that was given stays."""
        if self.folder is None:
            return
        if self.database:
            from bench_host.sites import drop_site

            drop_site(self.name, self.sites_path, self.database)
        shutil.rmtree(self.folder, ignore_errors=True)


def _source_hash() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for top in (EMBEDDED, APP / "erp_rules", Path(__file__)):
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in files:
            if path.suffix in {".py", ".json", ".csv", ".txt", ".html"} and "__pycache__" not in path.parts:
                if "public" in path.parts:
                    continue
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def make_site() -> TestSite:
    """Return a site for this run: a fresh one on the embedded bench, the given one on a real bench."""
    if HOST == "bench":
        return _given_bench_site()
    folder = Path(tempfile.mkdtemp(prefix="erp-test-sites-"))
    if HOST == "mariadb":
        server = mariadb_settings()
        database = {
            "db_type": "mariadb",
            "db_host": server["host"],
            "db_port": server["port"],
            "root_login": server["user"],
            "root_password": server["password"],
            "db_name": f"erp_test_{secrets.token_hex(4)}",
        }
        site = TestSite(SITE, str(folder), folder, database)
        _create(site)
        return site
    cache = ROOT / ".cache" / "test-sites"
    template = cache / _source_hash()
    if not template.is_dir():
        _forget_old_templates(cache)
        building = Path(tempfile.mkdtemp(prefix="building-", dir=_made(cache)))
        try:
            _create(TestSite(SITE, str(building), building))
            building.rename(template)
        except OSError:
            if not template.is_dir():  # otherwise another run was faster
                raise
        finally:
            if building.exists():
                shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return TestSite(SITE, str(folder), folder)


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _forget_old_templates(cache: Path) -> None:
    for old in cache.glob("*"):
        if time.time() - old.stat().st_mtime > 3600:
            shutil.rmtree(old, ignore_errors=True)


def _create(site: TestSite) -> None:
    from bench_host.sites import create_site

    create_site(
        site.name, site.sites_path, db=dict(site.database) if site.database else None, admin_password=PASSWORD
    )
    site.connect()
    try:
        make_users()
    finally:
        site.disconnect()


def _given_bench_site() -> TestSite:
    bench, name = os.environ.get("FRAPPE_BENCH"), os.environ.get("ERP_TEST_SITE")
    if not bench or not name:
        raise SystemExit("ERP_TEST_HOST=bench needs FRAPPE_BENCH (folder) and ERP_TEST_SITE (site name).")
    sites = Path(bench) / "sites"
    if not (sites / name / "site_config.json").is_file():
        raise SystemExit(f"There is no site {name} in {sites}.")
    os.chdir(sites)  # Frappe writes its logs relative to the working folder
    os.environ.setdefault("SITES_PATH", str(sites))
    site = TestSite(name, str(sites))
    site.connect()
    try:
        make_users()
    finally:
        site.disconnect()
    return site


def make_users() -> None:
    """Create two users per role of the rulebook where they are missing, with a password; commits."""
    import frappe

    there = set(frappe.get_all("User", filters={"name": ["like", "%@demo.example"]}, pluck="name"))
    roles = set(frappe.get_all("Role", pluck="name"))
    frappe.local.conf.throttle_user_limit = 1000
    # Frappe makes whoever is saved on a site without a System Manager one.
    keeper = "system.manager@demo.example"
    if keeper not in there:
        make_user(keeper, "System Manager")
    for role in ROLES:
        for number in (1, 2):
            login = user_for(role, number)
            if login not in there and role in roles:
                make_user(login, role)
    frappe.db.commit()


def make_user(login: str, *roles: str) -> str:
    """Create a user who may log in with `PASSWORD` and has these roles; return the login."""
    import frappe

    user = frappe.new_doc("User")
    user.update(
        {
            "email": login,
            "first_name": login.partition("@")[0],
            "send_welcome_email": 0,
            "new_password": PASSWORD,
        }
    )
    user.update({"enabled": 1, "user_type": "System User", "language": "en"})
    for role in roles:
        user.append("roles", {"role": role})
    user.flags.no_welcome_mail = True
    user.flags.ignore_password_policy = True
    user.insert(ignore_permissions=True)
    return login


# --- tools for tests -------------------------------------------------------------------------


def who(role_or_user: str) -> str:
    """Return a login for a role name, a role name with a number (`Purchaser 2`) or a login."""
    if "@" in role_or_user or role_or_user in {"Administrator", "Guest"}:
        return role_or_user
    if role_or_user in ROLES:
        return user_for(role_or_user)
    role, _, number = role_or_user.rpartition(" ")
    if role in ROLES and number.isdigit():
        return user_for(role, int(number))
    raise ValueError(f"{role_or_user!r} is neither a role of the rulebook nor a login.")


@contextmanager
def as_user(role_or_user: str):
    """Run the block as this user (or the scratch user of this role) and go back afterwards."""
    import frappe

    before = frappe.session.user
    frappe.set_user(who(role_or_user))
    try:
        yield frappe.session.user
    finally:
        frappe.set_user(before)


@dataclass
class Counted:
    """The SQL statements of a block."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)

    @property
    def reads(self) -> list[str]:
        """Return those that write nothing, without Frappe's own look at whether a row's link is cancelled."""
        found = [sql.lstrip(" (").lower() for sql in self.statements]
        return [sql for sql in found if sql.startswith("select") and not sql.startswith("select `docstatus`")]

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def query_count():
    """Collect the SQL statements that this thread sends while the block runs; same on every host."""
    import frappe

    database = frappe.local.db
    original = database.sql
    counted = Counted()

    def sql(query, *args, **kwargs):
        counted.statements.append(str(query))
        return original(query, *args, **kwargs)

    database.sql = sql
    try:
        yield counted
    finally:
        del database.sql


class Http:
    """A browser without a screen: calls the WSGI application in its own thread, as a server does.

    What the test wrote is committed first (another connection serves the request), and this
    thread's snapshot is renewed afterwards. `login` keeps the cookies; `token` uses an API key.
    """

    def __init__(self, site: TestSite):
        self.site = site
        self.client = self._client()
        self.headers: dict[str, str] = {}

    def _client(self):
        def make():
            import frappe.app
            from werkzeug.test import Client

            frappe.app._site = self.site.name
            frappe.app._sites_path = self.site.sites_path
            return Client(frappe.app.application)

        return in_thread(make)

    def request(self, method: str, path: str, **kwargs):
        """Send one request and return werkzeug's `TestResponse` (`.status_code`, `.json`, `.text`)."""
        import frappe

        headers = {"X-Frappe-Site-Name": self.site.name, "Accept": "application/json", **self.headers}
        headers.update(kwargs.pop("headers", {}))
        frappe.db.commit()

        def send():
            response = self.client.open(
                path, method=method, base_url=f"http://{self.site.name}", headers=headers, **kwargs
            )
            response.get_data()
            return response

        try:
            return in_thread(send)
        finally:
            forget_request_state()
            frappe.db.rollback()

    def get(self, path: str, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs):
        return self.request("POST", path, **kwargs)

    def put(self, path: str, **kwargs):
        return self.request("PUT", path, **kwargs)

    def delete(self, path: str, **kwargs):
        return self.request("DELETE", path, **kwargs)

    def login(self, role_or_user: str, password: str = PASSWORD) -> Http:
        """Log in with a password and keep the session's cookies."""
        self.headers.pop("Authorization", None)
        response = self.post("/api/method/login", data={"usr": who(role_or_user), "pwd": password})
        assert response.status_code == 200, response.text
        return self

    def token(self, role_or_user: str) -> Http:
        """Act with the API key of this user, made if it has none."""
        import frappe

        login = who(role_or_user)
        with as_user("Administrator"):
            user = frappe.get_doc("User", login)
            secret = secrets.token_hex(8)
            user.api_key = user.api_key or secrets.token_hex(8)
            user.api_secret = secret
            user.save(ignore_permissions=True)
        self.headers["Authorization"] = f"token {user.api_key}:{secret}"
        return self


def in_thread(function):
    """Run `function` in a thread of its own (its own connection) and return or raise what it does."""
    outcome: dict = {}

    def run():
        try:
            outcome["value"] = function()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(120)
    if thread.is_alive():
        raise TimeoutError("The call did not come back within 120 seconds.")
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def forget_request_state() -> None:
    """Drop what Frappe keeps per request (messages, local caches, response) in this thread."""
    import frappe

    frappe.local.message_log = []
    frappe.local.response = frappe._dict(docs=[])
    frappe.local.form_dict = frappe._dict()
    for name in ("cache", "document_cache", "new_doc_templates", "valid_columns", "user_perms"):
        value = getattr(frappe.local, name, None)
        if isinstance(value, dict):
            value.clear()
    frappe.local.role_permissions = {}
    frappe.db.value_cache.clear()  # kept by the connection, of which each request has its own
