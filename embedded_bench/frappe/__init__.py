"""The part of Frappe 15.41's server API that the app uses; what is not here raises `NotSupported`."""

# ruff: noqa: E402, F405 - the last imports use what this module defines; the exceptions are all named here

import copy as _copy
import importlib
import inspect
import json
import logging
import os
import sys
import types as _pytypes
from collections import defaultdict

from frappe.exceptions import *  # noqa: F403
from frappe.types.frappedict import _dict
from werkzeug.local import Local, release_local

__version__ = "15.41.0"
STANDARD_USERS = ("Guest", "Administrator")

local = Local()
controllers = {}
whitelisted, guest_methods = [], []
allowed_http_methods_for_whitelisted_func = {}
_PROXIES = ("db", "qb", "conf", "request", "response", "session", "flags", "message_log", "lang")
db, qb, conf, request, response, session, flags, message_log, lang = map(local, _PROXIES)
form = form_dict = local("form_dict")


def __getattr__(name: str):
    """Import a submodule; anything else is not supported."""
    if name.startswith("__"):
        raise AttributeError(f"module 'frappe' has no attribute {name!r}")
    return importlib.import_module(f"frappe.{name}")


def logger(module=None, **_options):
    return logging.getLogger(f"frappe.{module}" if module else "frappe")


class _MissingModules:
    """The last meta-path finder: names a `frappe.*` module that this bench does not have."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if fullname.startswith("frappe."):
            raise NotSupported(f"{fullname} is not supported by the embedded bench", name=fullname)


sys.meta_path.append(_MissingModules)


# -- site and connection ---------------------------------------------------------------------


def init(site: str, sites_path: str = ".", new_site: bool = False, force: bool = False) -> None:
    """Set up `frappe.local` for a site; nothing is connected yet."""
    if getattr(local, "initialised", None) and not force:
        return
    release_local(local)
    local.system_settings = local.doc_events_hooks = None
    local.error_log, local.message_log = [], []
    local.flags = _dict(currently_saving=[], in_install_db=False, in_import=False)
    local.flags.update(in_test=False, mute_messages=False, ignore_links=False, new_site=new_site)
    local.site, local.sites_path, local.site_path = site, sites_path, os.path.join(sites_path, site)
    local.request_ip = local.module_app = local.app_modules = local.user_perms = local.jenv = None
    local.response, local.form_dict, local.session = _dict(docs=[]), _dict(), _dict()
    local.role_permissions, local.new_doc_templates, local.cache = {}, {}, {}
    local.request_cache = defaultdict(dict)
    local.conf = _dict(get_site_config())
    local.lang = local.conf.lang or "en"
    local.qb = query_builder.MariaDB
    setup_cache(local.conf)
    local.initialised = True


def connect(site: str | None = None, db_name: str | None = None, set_admin_as_user: bool = True) -> None:
    """Connect to the site's database, as Administrator unless told otherwise."""
    if site:
        init(site)
    c = local.conf
    name = db_name or c.db_name
    local.db = database.get_db(c.db_host, c.db_user or name, c.db_password, c.db_port, name)
    if set_admin_as_user:
        set_user("Administrator")


def destroy() -> None:
    if getattr(local, "db", None):
        local.db.close()
    release_local(local)


def get_site_config(sites_path: str | None = None, site_path: str | None = None) -> dict:
    config = _dict(db_type="sqlite", db_host="127.0.0.1", db_port=3306)
    common = os.path.join(sites_path or local.sites_path, "common_site_config.json")
    own = os.path.join(site_path or local.site_path, "site_config.json")
    if not os.path.exists(own) and local.site and not local.flags.new_site:
        raise IncorrectSitePath(f"{local.site} does not exist")
    for path in filter(os.path.exists, (common, own)):
        config.update(get_file_json(path))
    return config


# -- texts and messages ----------------------------------------------------------------------


def _(msg: str, lang: str | None = None, context: str | None = None) -> str:
    """Translate `msg` to the user's language; the text itself when there is no translation."""
    return translate.translate(msg, lang, context)


def as_unicode(text, encoding: str = "utf-8") -> str:
    return "" if text is None else str(text, encoding) if isinstance(text, bytes) else str(text)


def bold(text) -> str:
    return f"<strong>{text}</strong>"


def scrub(txt: str) -> str:
    """Return the name as a Python identifier: `Sales Order` becomes `sales_order`."""
    return as_unicode(txt).replace(" ", "_").replace("-", "_").lower()


def as_json(obj, indent=1, separators=None, ensure_ascii=True) -> str:
    """Return JSON with sorted keys; dates, documents and Decimals included."""
    options = dict(indent=indent, default=json_handler, separators=separators or (",", ": "))
    return json.dumps(obj, sort_keys=True, ensure_ascii=ensure_ascii, **options)


def msgprint(msg, title=None, raise_exception=False, indicator=None, alert=False, **options):
    """Add a message for the user to `frappe.message_log`; raise when `raise_exception` says so."""
    exc = None
    if raise_exception:
        is_class = inspect.isclass(raise_exception) and issubclass(raise_exception, Exception)
        exc = (raise_exception if is_class else ValidationError)(msg)
    if not local.flags.mute_messages:
        out = _dict(message=msg, title=title or _("Message", context="Default title of the message dialog"))
        marks = {"indicator": indicator or (exc and "red"), "alert": int(alert), **options}
        out.update({key: value for key, value in marks.items() if value})
        if exc:
            exc.__frappe_exc_id = out["__frappe_exc_id"] = generate_hash()
            out.raise_exception = 1
        local.message_log.append(out)
    if exc:
        raise exc


def throw(msg, exc=ValidationError, title=None, **options):
    """Show `msg` to the user and raise `exc`."""
    msgprint(msg, title, raise_exception=exc, indicator="red", **options)


def clear_messages():
    local.message_log = []


def clear_last_message():
    local.message_log = local.message_log[:-1]


# -- users and permissions -------------------------------------------------------------------


def set_user(username: str) -> None:
    """Act as `username` from here on; what was cached for the previous user is forgotten."""
    local.session.user = local.session.sid = username
    local.session.data, local.form_dict = _dict(), _dict()
    local.cache, local.role_permissions, local.new_doc_templates = {}, {}, {}
    local.jenv = local.user_perms = None


def get_roles(username: str | None = None) -> list:
    return permissions.get_roles(username or local.session.user)


def has_permission(doctype=None, ptype="read", doc=None, user=None, throw=False, *, parent_doctype=None):
    """Tell whether the user may do `ptype`; raise `PermissionError` instead when `throw`."""
    doctype = doctype or doc.doctype
    allowed = permissions.has_permission(doctype, ptype, doc, user, throw, parent_doctype=parent_doctype)
    if throw and not allowed:
        label = f"{_(doctype)} {doc if isinstance(doc, str) else doc.name}" if doc else _(doctype)
        local.flags.error_message = _("No permission for {0}").format(label)
        raise PermissionError
    return allowed


# -- functions that may be called over HTTP --------------------------------------------------


def whitelist(allow_guest=False, methods=None):
    """Mark a function as callable over HTTP; its type hints are checked during requests and tests."""

    def in_request_or_test():
        return getattr(local, "request", None) or (getattr(local, "flags", None) or {}).get("in_test")

    def mark(fn):
        from frappe.utils.typing_validations import validate_argument_types

        fn = validate_argument_types(fn, apply_condition=in_request_or_test)
        whitelisted.append(fn)
        allowed_http_methods_for_whitelisted_func[fn] = methods or ["GET", "POST", "PUT", "DELETE"]
        if allow_guest:
            guest_methods.append(fn)
        return fn

    return mark


def is_whitelisted(method) -> None:
    """Raise `PermissionError` unless `method` is open to this user; clean a guest's text arguments."""
    is_guest = local.session.user == "Guest"
    if method not in whitelisted or (is_guest and method not in guest_methods):
        summary = _("You are not permitted to access this resource.")
        detail = _("Function {0} is not whitelisted.").format(bold(f"{method.__module__}.{method.__name__}"))
        msg = f"<details><summary>{summary}</summary>{detail}</details>"
        throw(msg, PermissionError, title=_("Method Not Allowed"))
    if is_guest:
        texts = {key: value for key, value in local.form_dict.items() if isinstance(value, str)}
        local.form_dict.update({key: utils.sanitize_html(value) for key, value in texts.items()})


def get_attr(method_string: str):
    modulename, _dot, name = method_string.rpartition(".")
    app = method_string.split(".", 1)[0]
    if not local.flags.in_install and app not in get_installed_apps():
        throw(_("App {0} is not installed").format(app), AppNotInstalledError)
    return getattr(get_module(modulename), name)


def call(fn, *args, **kwargs):
    """Call a function with the arguments it takes; `ignore_permissions` and `flags` never come from a caller."""
    fn = get_attr(fn) if isinstance(fn, str) else fn
    parameters = inspect.signature(fn).parameters
    taken = kwargs if any(p.kind == p.VAR_KEYWORD for p in parameters.values()) else parameters
    blocked = ("ignore_permissions", "flags")
    return fn(*args, **{k: v for k, v in kwargs.items() if k in taken and k not in blocked})


# -- apps, modules, hooks --------------------------------------------------------------------


def get_module(modulename: str):
    return importlib.import_module(modulename)


def get_app_path(app_name, *joins) -> str:
    folder = os.path.dirname(get_module(app_name).__file__)
    return os.path.abspath(os.path.join(folder, *(joins if "public" in joins else map(scrub, joins))))


def get_module_path(module, *joins) -> str:
    return get_app_path(f"{modules.utils.get_module_app(module)}.{scrub(module)}", *joins)


def get_site_path(*joins) -> str:
    return os.path.join(local.site_path, *joins)


def read_file(path, raise_not_found=False):
    if not os.path.exists(path) and not raise_not_found:
        return None
    with open(path, encoding="utf-8") as f:
        return f.read()


def get_file_items(path, raise_not_found=False, ignore_empty_lines=True) -> list:
    lines = [line.strip() for line in (read_file(path, raise_not_found) or "").splitlines()]
    return [line for line in lines if (line or not ignore_empty_lines) and not line.startswith("#")]


def get_file_json(path):
    return json.loads(read_file(path, raise_not_found=True))


def get_module_list(app_name) -> list:
    return get_file_items(get_app_path(app_name, "modules.txt"))


def get_all_apps(with_internal_apps=True, sites_path=None) -> list:
    """Return the apps of this bench, `frappe` first, as `apps.txt` lists them."""
    apps = get_file_items(os.path.join(sites_path or local.sites_path, "apps.txt"))
    return ["frappe", *(app for app in apps if app != "frappe")]


def get_installed_apps(*, _ensure_on_bench=False) -> list:
    """Return the apps installed on this site, in the order of their installation."""
    if local.flags.in_install_db:
        return []
    cached = local.request_cache["installed_apps"]
    if "apps" not in cached:
        cached["apps"] = json.loads(local.db.get_global("installed_apps") or "[]")
    return list(cached["apps"])


def setup_module_map(include_all_apps: bool = True) -> None:
    apps = get_all_apps()
    if getattr(local, "db", None):
        apps += [app for app in get_installed_apps() if app not in apps]
    local.app_modules = {app: [scrub(module) for module in get_module_list(app)] for app in apps}
    local.module_app = {module: app for app, modules in local.app_modules.items() for module in modules}


def _load_app_hooks(app_name: str | None = None) -> dict:
    hooks, code = {}, (_pytypes.ModuleType, _pytypes.FunctionType, type)
    for app in [app_name] if app_name else get_installed_apps() or ["frappe"]:
        for key, value in vars(get_module(f"{app}.hooks")).items():
            if not key.startswith("_") and not isinstance(value, code):
                append_hook(hooks, key, value)
    return hooks


def get_hooks(hook: str | None = None, default="_KEEP_DEFAULT_LIST", app_name: str | None = None):
    """Return what the installed apps' `hooks.py` say, as lists in install order."""
    hooks = _load_app_hooks(app_name) if app_name else cache.get_value("app_hooks", _load_app_hooks)
    if hook:
        return hooks.get(hook, [] if default == "_KEEP_DEFAULT_LIST" else default)
    return _dict(hooks)


def append_hook(target, key, value) -> None:
    """Add a hook: dicts merge by key, everything else becomes one list."""
    if isinstance(value, dict):
        for inner_key, inner_value in value.items():
            append_hook(target.setdefault(key, {}), inner_key, inner_value)
    else:
        target.setdefault(key, []).extend(value if isinstance(value, list) else [value])


def get_doc_hooks() -> dict:
    if getattr(local, "doc_events_hooks", None) is None:
        local.doc_events_hooks = get_hooks("doc_events", {})
    return local.doc_events_hooks


# -- documents -------------------------------------------------------------------------------


def get_cached_doc(doctype: str, name: str | None = None):
    """Return a document from the cache, reading it when it is not there. Treat it as read-only."""
    name = name or doctype
    return cache.get_value(f"document_cache::{doctype}::{name}", lambda: get_doc(doctype, name))


def clear_document_cache(doctype: str, name: str | None = None) -> None:
    def clear():
        cache.delete_keys(f"document_cache::{doctype}::{name or ''}")

    clear()
    if getattr(local, "db", None):
        local.db.after_commit.add(clear)
        local.db.after_rollback.add(clear)
    if doctype == "System Settings":
        local.system_settings = None


def copy_doc(doc, ignore_no_copy: bool = True):
    """Return an unsaved copy without name, owner, times and amendment; `no_copy` fields as upstream keeps them."""
    new = get_doc(_copy.deepcopy(doc if isinstance(doc, dict) else doc.as_dict()))
    new.update({"amended_from": None, "amendment_date": None})
    cleared = dict.fromkeys(("name", "owner", "creation", "modified", "modified_by"))
    if not local.flags.in_test:
        cleared["docstatus"] = DocStatus(0)
    for d in (new, *new.get_all_children()):
        d.update({"__islocal": 1, **cleared})
        if not ignore_no_copy:
            d.update({df.fieldname: None for df in d.meta.get("fields", {"no_copy": 1})})
    return new


def is_table(doctype: str) -> bool:
    return bool(get_meta(doctype).istable)


# -- settings and cache ----------------------------------------------------------------------


def get_system_settings(key: str):
    if not local.system_settings:
        if local.flags.in_install_db:  # the DocType is not there yet
            return None
        local.system_settings = get_cached_doc("System Settings")
    return local.system_settings.get(key)


def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
    """Forget what is cached for a user, for a DocType, or all of it."""
    if doctype:
        cache_manager.clear_doctype_cache(doctype)
    elif user:
        cache_manager.clear_user_cache(user)
    else:
        cache.delete_keys("")
        local.request_cache.clear()  # before the hooks are read anew
        local.cache, local.new_doc_templates = {}, {}
        local.doc_events_hooks = None
    local.role_permissions = {}
    local.request_cache.clear()
    local.system_settings = None


# What follows uses the names above.
from frappe import cache_manager, database, modules, permissions, query_builder, translate, utils
from frappe.model.create_new import new_doc
from frappe.model.db_query import get_all, get_list
from frappe.model.delete_doc import delete_doc
from frappe.model.docstatus import DocStatus
from frappe.model.document import get_doc
from frappe.model.meta import get_meta
from frappe.model.rename_doc import rename_doc
from frappe.utils.background_jobs import enqueue
from frappe.utils.data import generate_hash, parse_json
from frappe.utils.error import get_traceback, log_error
from frappe.utils.jinja import get_jenv, get_template
from frappe.utils.print_utils import get_print
from frappe.utils.redis_wrapper import cache, setup_cache
from frappe.utils.response import json_handler
from frappe.utils.safe_exec import safe_eval
