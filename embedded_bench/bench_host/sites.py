"""Making, migrating and removing sites. A site is a folder below the sites folder, and its database."""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import frappe
from frappe.database import drop_database, setup_database
from frappe.installer import create_site_data, install_app, newer_apps, update_installed_versions
from frappe.migrate import SiteMigration

SITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FOLDERS = ("private/files", "public/files", "locks", "logs")
Progress = Callable[[str], None]


class SiteError(Exception):
    """A site cannot be made, opened or removed; the message says why and what to do."""


def create_site(
    name, sites_path, db=None, admin_password=None, apps=("erp_rules",), progress=lambda text: None
) -> str:
    """Make a site with its apps and return the Administrator's password.

    It is built in a folder beside its place and moved there when it is complete; when anything
    fails, neither folder nor database stays. `db` is None for SQLite; for MariaDB it has
    `db_type`, `db_host`, `db_port`, `root_login`, `root_password` and perhaps `db_name` and `db_password`.
    """
    password = admin_password or secrets.token_urlsafe(12)
    place, config, root = _place(name, sites_path), *_config(name, db or {})
    if place.exists():
        raise SiteError(f"The site {name} exists already in {sites_path}; choose another name or remove it.")
    _write_apps(sites_path, apps)
    folder, has_database = place.with_name(f"{name}.partial"), False
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for subfolder in FOLDERS:
            (folder / subfolder).mkdir(parents=True)
        (folder / "site_config.json").touch(mode=0o600)
        (folder / "site_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        progress("Creating the database")
        frappe.init(folder.name, sites_path=str(sites_path), new_site=True, force=True)
        setup_database(**root)
        has_database = True
        _install(apps, password, progress)
        frappe.destroy()
        folder.rename(place)
    except BaseException:
        if has_database:
            frappe.destroy()
            frappe.init(folder.name, sites_path=str(sites_path), force=True)
            drop_database(**root)
        frappe.destroy()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return password


def _place(name: str, sites_path: str) -> Path:
    if not SITE_NAME.fullmatch(name) or name.endswith(".partial"):
        raise SiteError(f"{name!r} cannot be a site's name; use letters, digits, dots, dashes, at most 64.")
    return Path(sites_path, name)


def _config(name: str, db: dict) -> tuple[dict, dict]:
    """Return the site's configuration, and the server's login, which is not kept in it."""
    root = {key: db[key] for key in ("root_login", "root_password") if key in db}
    config = {"db_type": "sqlite", "db_name": re.sub(r"\W", "_", name)}
    if db.get("db_type", "sqlite") not in ("sqlite", "mariadb"):
        raise SiteError(f"Database type {db['db_type']!r} is not known; use sqlite or mariadb.")
    if db.get("db_type") == "mariadb":
        digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:16]
        config = {"db_name": f"_{digest}", "db_password": secrets.token_urlsafe(18)}
    return {**config, **{key: value for key, value in db.items() if key not in root}}, root


def _write_apps(sites_path: str, apps: tuple[str, ...]) -> None:
    """Name the apps in apps.txt, after those that are named there."""
    path = Path(sites_path, "apps.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = path.read_text(encoding="utf-8").split() if path.exists() else []
    if not {"frappe", *apps} <= set(listed):
        path.write_text("\n".join(dict.fromkeys(["frappe", *listed, *apps])) + "\n", encoding="utf-8")


def _install(apps: tuple[str, ...], password: str, progress: Progress) -> None:
    progress("Installing frappe")
    create_site_data(password)
    for app in apps:
        progress(f"Installing {app}")
        install_app(app)
        if app not in frappe.get_installed_apps():
            raise SiteError(f"{app} refused to be installed on this site.")
    update_installed_versions()
    frappe.db.commit()


def open_site(name: str, sites_path: str) -> None:
    """Connect to a site as Administrator; a missing site, or one of a newer app version, is refused."""
    if not (_place(name, sites_path) / "site_config.json").is_file():
        raise SiteError(f"There is no site {name} in {sites_path}; make it first: ./erp start --site {name}")
    frappe.init(name, sites_path=str(sites_path), force=True)
    frappe.connect()
    if newer := "; ".join(newer_apps()):
        frappe.destroy()
        raise SiteError(f"The site {name} is newer than this program: {newer}. Update this copy (git pull).")
    _write_apps(sites_path, tuple(frappe.get_installed_apps()))


def migrate_site(name: str, sites_path: str, progress: Progress | None = None) -> None:
    """Bring a site up to date with the code; each phase commits, a failing patch stops it."""
    open_site(name, sites_path)
    try:
        SiteMigration(progress=progress).run()
    finally:
        frappe.destroy()


def drop_site(name: str, sites_path: str, db: dict | None = None) -> None:
    """Remove a site: its database and its folder; `db` holds the server's login, as for `create_site`."""
    place = _place(name, sites_path)
    if not place.is_dir():
        raise SiteError(f"There is no site {name} in {sites_path}.")
    frappe.init(name, sites_path=str(sites_path), force=True)
    try:
        drop_database(**_config(name, db or {})[1])
    finally:
        frappe.destroy()
    # First away from its name, then in pieces: a site is there or it is not.
    gone = place.rename(place.with_name(f".{name}.{os.getpid()}.dropped"))
    shutil.rmtree(gone)
