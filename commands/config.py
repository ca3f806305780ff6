"""Read and check `bench.config.json`; `docs/bench-config.md` describes every key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_FILE = ROOT / "bench.config.json"
SUPPORTED_FRAPPE = "15.41"


class UsageProblem(Exception):
    """Something the user can put right: one line that says what is wrong and what to do; exit code 2."""


@dataclass(frozen=True)
class Database:
    """Where the site's data lives."""

    type: str
    host: str
    port: int
    name: str | None
    root_user: str
    root_password_env: str


@dataclass(frozen=True)
class Config:
    """The checked settings; paths are absolute."""

    app: str
    frappe_version: str
    site: str
    sites_path: Path
    demo_company: bool
    database: Database
    redis: str | None
    host: str
    port: int
    threads: int


def _text(pattern: str) -> tuple[Callable, str]:
    return (lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None), ""


def _whole(low: int, high: int) -> tuple[Callable, str]:
    def fits(value) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return fits, f"a whole number from {low} to {high}"


def _one_of(*values) -> tuple[Callable, str]:
    return (lambda v: isinstance(v, str) and v in values), " or ".join(f'"{v}"' for v in values)


_NAME = (_text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")[0], "a name of letters, digits, '.', '-' and '_'")
_HOST = (_text(r"[A-Za-z0-9.:_-]+")[0], "a host name or address")

# key: (test, what is expected, default); a nested dict is a section
SCHEMA: dict = {
    "app": (_text(r"[a-z][a-z0-9_]*")[0], "an app name such as erp_rules", "erp_rules"),
    "frappe_version": (*_one_of(SUPPORTED_FRAPPE), SUPPORTED_FRAPPE),
    "site": (*_NAME, "erp.localhost"),
    "sites_path": (_text(r"[^\0]+")[0], "a path", "sites"),
    "demo_company": (lambda v: isinstance(v, bool), "true or false", True),
    "database": {
        "type": (*_one_of("sqlite", "mariadb"), "sqlite"),
        "host": (*_HOST, "127.0.0.1"),
        "port": (*_whole(1, 65535), 3306),
        "name": (_text(r"[A-Za-z0-9_]{1,60}")[0], "a name of letters, digits and '_'", None),
        "root_user": (_text(r"[^\0]{1,80}")[0], "a user name", "root"),
        "root_password_env": (
            _text(r"[A-Za-z_][A-Za-z0-9_]*")[0],
            "the name of an environment variable",
            "ERP_DB_ROOT_PASSWORD",
        ),
    },
    "redis": (
        lambda v: v is None or (isinstance(v, str) and re.fullmatch(r"redis://[^/\s]+:\d+(/\d+)?", v)),
        "null or redis://host:port",
        None,
    ),
    "server": {
        "host": (*_HOST, "127.0.0.1"),
        "port": (*_whole(1, 65535), 8080),
        "threads": (*_whole(1, 64), 8),
    },
}


def _checked(given: object, schema: dict, where: str, file: str) -> dict:
    section = f' in "{where}"' if where else ""
    if not isinstance(given, dict):
        what = f'"{where}"' if where else "the file"
        raise UsageProblem(f"{file}: {what} must be an object in braces, not {json.dumps(given)[:60]}.")
    for key in given:
        if key not in schema:
            raise UsageProblem(f'{file}: unknown key "{key}"{section}; known keys: {", ".join(schema)}.')
    values = {}
    for key, rule in schema.items():
        if isinstance(rule, dict):
            values[key] = _checked(given.get(key, {}), rule, key, file)
            continue
        test, expected, default = rule
        values[key] = given.get(key, default)
        if key in given and not test(given[key]):
            found = json.dumps(given[key], ensure_ascii=False)[:60]
            raise UsageProblem(f'{file}: "{key}"{section} is {found}; it must be {expected}.')
    return values


def load(path: str | Path | None = None, *, site: str | None = None, port: int | None = None) -> Config:
    """Return the checked settings of `path`, with `site` and `port` of the command line on top.

    Raises `UsageProblem` with one line for a file that is missing, is not JSON, has an unknown key or
    a value that does not fit.
    """
    file = Path(path) if path else DEFAULT_FILE
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageProblem(f"{file}: there is no such file; name another with --config FILE.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{file}: cannot be read ({error}); check the file.") from None
    except json.JSONDecodeError as error:
        raise UsageProblem(
            f"{file.name}: line {error.lineno}, column {error.colno}: not JSON ({error.msg}); correct that line."
        ) from None
    if isinstance(given, dict):
        if site is not None:
            given["site"] = site
        if port is not None and isinstance(given.setdefault("server", {}), dict):
            given["server"]["port"] = port
    values = _checked(given, SCHEMA, "", file.name)
    server = values["server"]
    app_folder = ROOT / "apps" / values["app"]
    if not app_folder.is_dir():
        raise UsageProblem(f'{file.name}: "app" is {values["app"]!r}, but there is no folder {app_folder}.')
    return Config(
        app=values["app"],
        frappe_version=values["frappe_version"],
        site=values["site"],
        sites_path=(file.resolve().parent / values["sites_path"]).resolve(),
        demo_company=values["demo_company"],
        database=Database(**values["database"]),
        redis=values["redis"],
        host=server["host"],
        port=server["port"],
        threads=server["threads"],
    )
