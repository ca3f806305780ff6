"""The part of Frappe 15.41's server API that business apps of this repository use.

Names, signatures and module paths are Frappe's. What is not here raises `NotSupported`.
"""

import copy as _copy
import functools
import importlib
import inspect
import json
import os
import sys
import types as _pytypes
from collections import defaultdict

from frappe.exceptions import *  # noqa: F403
from frappe.exceptions import (
    AppNotInstalledError,
    DoesNotExistError,
    IncorrectSitePath,
    NotSupported,
    PermissionError,
    ValidationError,
)
from frappe.types.frappedict import _dict
from werkzeug.local import Local, release_local

__version__ = "15.41.0"
__title__ = "Frappe Framework"
STANDARD_USERS = ("Guest", "Administrator")

local = Local()
controllers = {}
whitelisted = []
guest_methods = []
xss_safe_methods = []
allowed_http_methods_for_whitelisted_func = {}
STANDARD_USERS = ("Guest", "Administrator")
loggers = {}
log_level = None

db = local("db")
qb = local("qb")
conf = local("conf")
form = form_dict = local("form_dict")
request = local("request")
job = local("job")
response = local("response")
session = local("session")
user = local("user")
flags = local("flags")
error_log = local("error_log")
debug_log = local("debug_log")
message_log = local("message_log")
lang = local("lang")

# name -> where it lives; looked up on first use so that modules may import `frappe` freely
_LAZY = {
    "attach_print": "frappe.utils.print_utils",
    "cache": "frappe.utils.redis_wrapper",
    "cint": "frappe.utils.data",
    "cstr": "frappe.utils.data",
    "delete_doc": "frappe.model.delete_doc",
    "enqueue": "frappe.utils.background_jobs",
    "enqueue_doc": "frappe.utils.background_jobs",
    "format": "frappe.utils.formatters:format_value",
    "format_value": "frappe.utils.formatters",
    "generate_hash": "frappe.utils.data",
    "get_jenv": "frappe.utils.jinja",
    "get_jloader": "frappe.utils.jinja",
    "get_meta": "frappe.model.meta",
    "get_print": "frappe.utils.print_utils",
    "get_template": "frappe.utils.jinja",
    "get_traceback": "frappe.utils.error",
    "log_error": "frappe.utils.error",
    "logger": "frappe.utils.logger:get_logger",
    "reload_doc": "frappe.modules",
    "rename_doc": "frappe.model.rename_doc",
    "render_template": "frappe.utils.jinja",
    "safe_eval": "frappe.utils.safe_exec",
    "sbool": "frappe.utils.data",
}


def __getattr__(name: str):
    """Resolve a delegated name or a submodule; anything else is not supported."""
    if name.startswith("__"):
        raise AttributeError(f"module 'frappe' has no attribute {name!r}")
    if name not in _LAZY:
        return importlib.import_module(f"frappe.{name}")
    module, _colon, attribute = _LAZY[name].partition(":")
    value = getattr(importlib.import_module(module), attribute or name)
    globals()[name] = value
    return value


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
    from frappe.query_builder import get_query_builder
    from frappe.utils.redis_wrapper import setup_cache

    local.error_log, local.message_log, local.debug_log = [], [], []
    local.flags = _dict(currently_saving=[], redirect_location="", in_install_db=False, in_install_app=False)
    local.flags.update(in_import=False, in_test=False, mute_messages=False, ignore_links=False)
    local.flags.update(mute_emails=False, new_site=new_site, read_only=False)
    local.locked_documents = []
    local.site, local.sites_path, local.site_path = site, sites_path, os.path.join(sites_path, site)
    local.all_apps = None
    local.request_ip = local.task_id = None
    local.response = _dict(docs=[])
    local.conf = _dict(get_site_config())
    local.lang = local.conf.lang or "en"
    local.module_app = local.app_modules = None
    local.user = local.user_perms = None
    local.role_permissions, local.valid_columns, local.new_doc_templates = {}, {}, {}
    local.jenv = local.jloader = None
    local.cache = {}
    local.form_dict, local.session = _dict(), _dict()
    local.request_cache = defaultdict(dict)
    local.qb = get_query_builder(local.conf.db_type)
    setup_cache(local.conf)
    for name in ("doc_events_hooks", "system_settings", "db", "request"):
        if hasattr(local, name):
            delattr(local, name)
    local.initialised = True


def connect(site: str | None = None, db_name: str | None = None, set_admin_as_user: bool = True) -> None:
    """Connect to the site's database, as Administrator unless told otherwise."""
    from frappe.database import get_db

    if site:
        init(site)
    local.db = get_db(
        host=local.conf.db_host,
        port=local.conf.db_port,
        user=local.conf.db_user or db_name or local.conf.db_name,
        password=local.conf.db_password,
        cur_db_name=db_name or local.conf.db_name,
    )
    if set_admin_as_user:
        set_user("Administrator")


def destroy() -> None:
    """Close the connection and forget everything in `frappe.local`."""
    if getattr(local, "db", None):
        local.db.close()
    release_local(local)


class init_site:
    """Context manager: initialise a site, destroy it at the end."""

    def __init__(self, site=None):
        self.site = site or ""

    def __enter__(self):
        init(self.site)
        return local

    def __exit__(self, *exc):
        destroy()


def get_common_site_config(sites_path: str | None = None) -> dict:
    path = os.path.join(sites_path or local.sites_path, "common_site_config.json")
    return _dict(get_file_json(path)) if os.path.exists(path) else _dict()


def get_site_config(sites_path: str | None = None, site_path: str | None = None) -> dict:
    """Return `common_site_config.json` overlaid with the site's `site_config.json`."""
    config = get_common_site_config(sites_path)
    path = os.path.join(site_path or local.site_path, "site_config.json")
    if os.path.exists(path):
        config.update(get_file_json(path))
    elif local.site and not local.flags.new_site:
        raise IncorrectSitePath(f"{local.site} does not exist")
    config.setdefault("db_type", "sqlite")
    config.setdefault("db_host", "127.0.0.1")
    config.setdefault("db_port", 3306)
    return config


def get_conf(site: str | None = None) -> dict:
    if hasattr(local, "conf"):
        return local.conf
    with init_site(site):
        return local.conf


# -- translation, text, json -----------------------------------------------------------------


def _(msg: str, lang: str | None = None, context: str | None = None) -> str:
    """Translate `msg` to the user's language; the text itself when there is no translation."""
    from frappe.translate import get_all_translations

    lang = lang or getattr(local, "lang", None) or "en"
    if not getattr(local, "lang", None):
        local.lang = lang
    text = as_unicode(msg).strip()
    translations = get_all_translations(lang)
    found = translations.get(f"{text}:{context}") if context else None
    return found or translations.get(text) or msg


class _LazyTranslate:
    """Text that is translated when it is used."""

    def __init__(self, msg, lang=None, context=None):
        self.args = (msg, lang, context)

    def __str__(self):
        return _(*self.args)

    def __getattr__(self, name):
        return getattr(str(self), name)

    def __eq__(self, other):
        return str(self) == str(other)

    def __hash__(self):
        return hash(self.args)

    def __add__(self, other):
        return str(self) + str(other)

    def __radd__(self, other):
        return str(other) + str(self)


def _lt(msg: str, lang: str | None = None, context: str | None = None):
    return _LazyTranslate(msg, lang, context)


def as_unicode(text, encoding: str = "utf-8") -> str:
    if text is None:
        return ""
    return text if isinstance(text, str) else str(text, encoding) if isinstance(text, bytes) else str(text)


def safe_decode(param, encoding="utf-8"):
    try:
        return param.decode(encoding) if isinstance(param, bytes) else param
    except UnicodeDecodeError:
        return param


def safe_encode(param, encoding="utf-8"):
    return param.encode(encoding) if isinstance(param, str) else param


def bold(text) -> str:
    return f"<strong>{text}</strong>"


def scrub(txt: str) -> str:
    """Return the name as a Python identifier: `Sales Order` becomes `sales_order`."""
    return cstr_(txt).replace(" ", "_").replace("-", "_").lower()


def unscrub(txt: str) -> str:
    return txt.replace("_", " ").replace("-", " ").title()


def cstr_(value) -> str:
    return "" if value is None else str(value)


def as_json(obj, indent=1, separators=None, ensure_ascii=True) -> str:
    """Return JSON with sorted keys where they can be sorted; dates, documents and Decimals included."""
    from frappe.utils.response import json_handler

    separators = separators or (",", ": ")
    options = dict(indent=indent, default=json_handler, separators=separators, ensure_ascii=ensure_ascii)
    try:
        return json.dumps(obj, sort_keys=True, **options)
    except TypeError:  # keys of several types
        return json.dumps(obj, **options)


def parse_json(val):
    from frappe.utils import parse_json

    return parse_json(val)


# -- messages --------------------------------------------------------------------------------


def msgprint(
    msg,
    title=None,
    raise_exception=False,
    as_table=False,
    as_list=False,
    indicator=None,
    alert=False,
    primary_action=None,
    is_minimizable=False,
    wide=False,
    *,
    realtime=False,
):
    """Add a message for the user to `frappe.message_log`; raise when `raise_exception` says so."""
    msg = safe_decode(msg)
    out = _dict(message=msg)

    def raise_if_asked():
        if raise_exception:
            is_class = inspect.isclass(raise_exception) and issubclass(raise_exception, Exception)
            exc = (raise_exception if is_class else ValidationError)(msg)
            if out.__frappe_exc_id:
                exc.__frappe_exc_id = out.__frappe_exc_id
            raise exc

    if local.flags.mute_messages:
        return raise_if_asked()
    if as_table and type(msg) in (list, tuple):
        out.as_table = 1
    if as_list and type(msg) in (list, tuple):
        out.as_list = 1
    if local.flags.print_messages and msg:
        print(f"Message: {msg}")
    out.title = title or _("Message", context="Default title of the message dialog")
    indicator = indicator or ("red" if raise_exception else None)
    if indicator:
        out.indicator = indicator
    if is_minimizable:
        out.is_minimizable = is_minimizable
    if alert:
        out.alert = 1
    if raise_exception:
        out.raise_exception = 1
        out["__frappe_exc_id"] = __getattr__("generate_hash")()
    if primary_action:
        out.primary_action = primary_action
    if wide:
        out.wide = wide
    local.message_log.append(out)
    return raise_if_asked()


def throw(
    msg, exc=ValidationError, title=None, is_minimizable=False, wide=False, as_list=False, primary_action=None
):
    """Show `msg` to the user and raise `exc`."""
    msgprint(
        msg,
        raise_exception=exc,
        title=title,
        indicator="red",
        is_minimizable=is_minimizable,
        wide=wide,
        as_list=as_list,
        primary_action=primary_action,
    )


def clear_messages():
    local.message_log = []


def get_message_log() -> list:
    return list(local.message_log)


def clear_last_message():
    local.message_log = local.message_log[:-1]


def errprint(msg) -> None:
    local.error_log.append({"exc": as_unicode(msg)})


def log(msg) -> None:
    local.debug_log.append(as_unicode(msg))


def respond_as_web_page(title, html, success=None, http_status_code=None, context=None, **kwargs):
    """Answer the request with a message page."""
    local.message_title, local.message = title, html
    local.response.update(type="page", route="message", http_status_code=http_status_code)
    local.response.context = dict(context or {}, **kwargs)


def publish_realtime(*args, **kwargs) -> None:
    """Do nothing: this bench has no socket server, browsers poll instead."""


def publish_progress(*args, **kwargs) -> None:
    """Do nothing, for the same reason as `publish_realtime`."""


# -- users and permissions -------------------------------------------------------------------


def set_user(username: str) -> None:
    """Act as `username` from here on; what was cached for the previous user is forgotten."""
    local.session.user = local.session.sid = username
    local.cache = {}
    local.form_dict = _dict()
    local.jenv = None
    local.session.data = _dict()
    local.role_permissions, local.new_doc_templates = {}, {}
    local.user_perms = None


def get_roles(username: str | None = None) -> list:
    if not local.session or not local.session.user:
        return ["Guest"]
    import frappe.permissions

    return frappe.permissions.get_roles(username or local.session.user)


def get_request_header(key, default=None):
    return request.headers.get(key, default)


def has_permission(
    doctype=None, ptype="read", doc=None, user=None, throw=False, *, parent_doctype=None, debug=False
):
    """Tell whether the user may do `ptype`; raise `PermissionError` instead when `throw`."""
    import frappe.permissions

    if not doctype and doc:
        doctype = doc.doctype
    allowed = frappe.permissions.has_permission(
        doctype, ptype, doc=doc, user=user, raise_exception=throw, parent_doctype=parent_doctype, debug=debug
    )
    if throw and not allowed:
        label = f"{_(doctype)} {doc if isinstance(doc, str) else doc.name}" if doc else _(doctype)
        local.flags.error_message = _("No permission for {0}").format(label)
        raise PermissionError
    return allowed


def only_for(roles, message=False) -> None:
    """Raise `PermissionError` unless the user has one of `roles`. Passes under tests, as upstream does."""
    if local.flags.in_test or local.session.user == "Administrator":
        return
    roles = (roles,) if isinstance(roles, str) else roles
    if set(roles).isdisjoint(get_roles()):
        if not message:
            raise PermissionError
        names = ", ".join(bold(_(role)) for role in roles)
        throw(_("This action is only allowed for {}").format(names), PermissionError, _("Not Permitted"))


def only_has_select_perm(doctype, user=None, ignore_permissions=False):
    if ignore_permissions:
        return False
    from frappe.permissions import get_role_permissions

    permissions = get_role_permissions(doctype, user=user or local.session.user)
    return permissions.get("select") and not permissions.get("read")


def build_match_conditions(doctype, as_condition=True):
    import frappe.desk.reportview

    return frappe.desk.reportview.build_match_conditions(doctype, as_condition=as_condition)


# -- functions that may be called over HTTP --------------------------------------------------


def whitelist(allow_guest=False, xss_safe=False, methods=None):
    """Mark a function as callable over HTTP; its type hints are checked during requests and tests."""
    methods = methods or ["GET", "POST", "PUT", "DELETE"]

    def mark(fn):
        from frappe.utils.typing_validations import validate_argument_types

        def condition():
            return getattr(local, "request", None) or (getattr(local, "flags", None) or {}).get("in_test")

        method = None
        if hasattr(fn, "__func__"):
            method = validate_argument_types(fn, apply_condition=condition)
            fn = method.__func__
        else:
            fn = validate_argument_types(fn, apply_condition=condition)
        whitelisted.append(fn)
        allowed_http_methods_for_whitelisted_func[fn] = methods
        if allow_guest:
            guest_methods.append(fn)
            if xss_safe:
                xss_safe_methods.append(fn)
        return method or fn

    return mark


def is_whitelisted(method) -> None:
    """Raise `PermissionError` unless `method` is open to this user; clean a guest's text arguments."""
    is_guest = local.session.user == "Guest"
    if method not in whitelisted or (is_guest and method not in guest_methods):
        summary = _("You are not permitted to access this resource.")
        detail = _("Function {0} is not whitelisted.").format(bold(f"{method.__module__}.{method.__name__}"))
        msg = f"<details><summary>{summary}</summary>{detail}</details>"
        throw(msg, PermissionError, title=_("Method Not Allowed"))
    if is_guest and method not in xss_safe_methods:
        from frappe.utils.html_utils import sanitize_html

        for key, value in local.form_dict.items():
            if isinstance(value, str):
                local.form_dict[key] = sanitize_html(value)


def read_only():
    """Decorator for read-only functions; there is no replica here, only unknown arguments are dropped."""

    def wrap(fn):
        @functools.wraps(fn)
        def call_it(*args, **kwargs):
            return fn(*args, **get_newargs(fn, kwargs))

        return call_it

    return wrap


def get_attr(method_string: str):
    """Return the object a dotted path of an installed app names."""
    modulename, _dot, name = method_string.rpartition(".")
    app = method_string.split(".", 1)[0]
    if not local.flags.in_uninstall and not local.flags.in_install and app not in get_installed_apps():
        throw(_("App {0} is not installed").format(app), AppNotInstalledError)
    return getattr(get_module(modulename), name)


def call(fn, *args, **kwargs):
    """Call a function or dotted path with the keyword arguments it takes."""
    fn = get_attr(fn) if isinstance(fn, str) else fn
    return fn(*args, **get_newargs(fn, kwargs))


def get_newargs(fn, kwargs: dict) -> dict:
    """Return the arguments `fn` takes; `ignore_permissions` and `flags` never come from a caller."""
    parameters = inspect.signature(fn).parameters
    takes_all = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
    blocked = ("ignore_permissions", "flags")
    return {k: v for k, v in kwargs.items() if (takes_all or k in parameters) and k not in blocked}


# -- apps, modules, hooks --------------------------------------------------------------------


def get_module(modulename: str):
    return importlib.import_module(modulename)


def get_pymodule_path(modulename, *joins) -> str:
    if "public" not in joins:
        joins = [scrub(part) for part in joins]
    return os.path.abspath(
        os.path.join(os.path.dirname(get_module(scrub(modulename)).__file__ or ""), *joins)
    )


def get_app_path(app_name, *joins) -> str:
    return get_pymodule_path(app_name, *joins)


def get_app_source_path(app_name, *joins) -> str:
    return get_app_path(app_name, "..", *joins)


def get_module_path(module, *joins) -> str:
    from frappe.modules.utils import get_module_app

    return get_pymodule_path(f"{get_module_app(module)}.{scrub(module)}", *joins)


def get_site_path(*joins) -> str:
    return os.path.join(local.site_path, *joins)


def create_folder(path, with_init=False) -> None:
    os.makedirs(path, exist_ok=True)
    if with_init:
        open(os.path.join(path, "__init__.py"), "a").close()


def get_file_items(path, raise_not_found=False, ignore_empty_lines=True) -> list:
    content = read_file(path, raise_not_found=raise_not_found)
    lines = [line.strip() for line in (content or "").splitlines()]
    return [p for p in lines if (p or not ignore_empty_lines) and not p.startswith("#")]


def get_file_json(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def read_file(path, raise_not_found=False):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            return f.read()
    if raise_not_found:
        raise OSError(f"{path} Not Found")
    return None


def get_module_list(app_name) -> list:
    """Return the app's modules as `modules.txt` lists them."""
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
        if not getattr(local, "db", None):
            connect()
        cached["apps"] = json.loads(local.db.get_global("installed_apps") or "[]")
    return list(cached["apps"])


def setup_module_map(include_all_apps: bool = True) -> None:
    """Fill `local.app_modules` and `local.module_app`."""
    apps = get_all_apps()
    if getattr(local, "db", None) and not local.flags.in_install_db:
        apps += [app for app in get_installed_apps() if app not in apps]
    local.app_modules = {app: [scrub(module) for module in get_module_list(app)] for app in apps}
    local.module_app = {module: app for app, modules in local.app_modules.items() for module in modules}


def _load_app_hooks(app_name: str | None = None) -> dict:
    hooks = {}
    for app in [app_name] if app_name else get_installed_apps() or ["frappe"]:
        for key, value in vars(get_module(f"{app}.hooks")).items():
            if not key.startswith("_") and not isinstance(
                value, _pytypes.ModuleType | _pytypes.FunctionType | type
            ):
                append_hook(hooks, key, value)
    return hooks


def get_hooks(hook: str | None = None, default="_KEEP_DEFAULT_LIST", app_name: str | None = None):
    """Return what the installed apps' `hooks.py` say, as lists in install order."""
    if app_name:
        hooks = _dict(_load_app_hooks(app_name))
    else:
        hooks = _dict(__getattr__("cache").get_value("app_hooks", _load_app_hooks))
    if hook:
        return hooks.get(hook, [] if default == "_KEEP_DEFAULT_LIST" else default)
    return hooks


def append_hook(target, key, value) -> None:
    """Add a hook: dicts merge by key, everything else becomes one list."""
    if isinstance(value, dict):
        inner = target.setdefault(key, {})
        for inner_key, inner_value in value.items():
            append_hook(inner, inner_key, inner_value)
    else:
        target.setdefault(key, []).extend(value if isinstance(value, list) else [value])


def get_doc_hooks() -> dict:
    """Return `doc_events` by DocType."""
    if not hasattr(local, "doc_events_hooks"):
        out = {}
        for key, value in get_hooks("doc_events", {}).items():
            for doctype in key if isinstance(key, tuple) else (key,):
                append_hook(out, doctype, value)
        local.doc_events_hooks = out
    return local.doc_events_hooks


# -- documents -------------------------------------------------------------------------------


def get_doc(*args, **kwargs):
    """Return a document: by DocType and name or filters, or an unsaved one from a dict or keywords."""
    import frappe.model.document

    doc = frappe.model.document.get_doc(*args, **kwargs)
    if not kwargs.get("for_update") and (key := can_cache_doc(args)) and _cache().exists(key):
        _cache().set_value(key, doc)
    return doc


def new_doc(doctype: str, *, parent_doc=None, parentfield=None, as_dict=False, **kwargs):
    """Return an unsaved document with defaults set."""
    from frappe.model.create_new import get_new_doc

    doc = get_new_doc(doctype, parent_doc, parentfield, as_dict=as_dict)
    doc.update(kwargs)
    return doc


def _cache():
    return __getattr__("cache")


def can_cache_doc(args) -> str | None:
    if not args:
        return None
    doctype = args[0]
    name = doctype if len(args) == 1 or args[1] is None else args[1]
    if isinstance(doctype, str) and isinstance(name, str):
        return get_document_cache_key(doctype, name)
    return None


def get_document_cache_key(doctype: str, name: str) -> str:
    return f"document_cache::{doctype}::{name}"


def get_cached_doc(*args, **kwargs):
    """Return a document from the cache, reading it when it is not there. Treat it as read-only."""
    if (key := can_cache_doc(args)) and (doc := _cache().get_value(key)):
        return doc
    doc = get_doc(*args, **kwargs)
    _cache().set_value(key or get_document_cache_key(doc.doctype, doc.name), doc)
    return doc


def clear_document_cache(doctype: str, name: str | None = None) -> None:
    def clear():
        if name is not None:
            _cache().delete_value(get_document_cache_key(doctype, name))
        else:
            _cache().delete_keys(get_document_cache_key(doctype, ""))

    clear()
    if getattr(local, "db", None):
        local.db.after_commit.add(clear)
        local.db.after_rollback.add(clear)
    if doctype == "System Settings" and hasattr(local, "system_settings"):
        delattr(local, "system_settings")


def get_cached_value(doctype: str, name: str, fieldname="name", as_dict: bool = False):
    try:
        doc = get_cached_doc(doctype, name)
    except DoesNotExistError:
        clear_last_message()
        return None
    if isinstance(fieldname, str):
        if as_dict:
            throw("Cannot make dict for single fieldname")
        return doc.get(fieldname)
    values = [doc.get(f) for f in fieldname]
    return _dict(zip(fieldname, values, strict=False)) if as_dict else values


def get_last_doc(doctype, filters=None, order_by="creation desc", *, for_update=False):
    names = get_all(doctype, filters=filters, limit_page_length=1, order_by=order_by, pluck="name")
    if not names:
        raise DoesNotExistError
    return get_doc(doctype, names[0], for_update=for_update)


def get_single(doctype):
    return get_doc(doctype, doctype)


def set_value(doctype, docname, fieldname, value=None):
    """Load, change and save a document, with all its hooks."""
    import frappe.client

    return frappe.client.set_value(doctype, docname, fieldname, value)


def delete_doc_if_exists(doctype, name, force=0):
    if local.db.exists(doctype, name):
        __getattr__("delete_doc")(doctype, name, force=force)


def copy_doc(doc, ignore_no_copy: bool = True):
    """Return an unsaved copy without name, owner, times and amendment; `no_copy` fields as upstream keeps them."""
    from frappe.model.docstatus import DocStatus

    def remove_no_copy_fields(d):
        for df in d.meta.get("fields", {"no_copy": 1}):
            if hasattr(d, df.fieldname):
                d.set(df.fieldname, None)

    cleared = ["name", "owner", "creation", "modified", "modified_by"]
    if not local.flags.in_test:
        cleared.append("docstatus")
    new = get_doc(_copy.deepcopy(doc if isinstance(doc, dict) else doc.as_dict()))
    new.set("__islocal", 1)
    for fieldname in [*cleared, "amended_from", "amendment_date"]:
        new.set(fieldname, DocStatus(0) if fieldname == "docstatus" else None)
    if not ignore_no_copy:
        remove_no_copy_fields(new)
    for row in new.get_all_children():
        row.set("__islocal", 1)
        for fieldname in cleared:
            row.set(fieldname, DocStatus(0) if fieldname == "docstatus" else None)
        if not ignore_no_copy:
            remove_no_copy_fields(row)
    return new


def is_table(doctype: str) -> bool:
    """Tell whether the DocType is a child table."""
    tables = _cache().get_value(
        "is_table", lambda: local.db.get_values("DocType", {"istable": 1}, "name", pluck=True)
    )
    return doctype in tables


def get_precision(doctype: str, fieldname: str, currency=None, doc=None):
    from frappe.model.meta import get_field_precision

    return get_field_precision(__getattr__("get_meta")(doctype).get_field(fieldname), doc, currency)


def make_property_setter(
    args, ignore_validate=False, validate_fields_for_doctype=True, is_system_generated=True
):
    from frappe.custom.doctype.property_setter.property_setter import make_property_setter

    args = _dict(args)
    return make_property_setter(
        args.doctype,
        args.fieldname,
        args.property,
        args.value,
        args.property_type,
        for_doctype=args.doctype_or_field == "DocType",
        validate_fields_for_doctype=validate_fields_for_doctype,
        is_system_generated=is_system_generated,
    )


# -- queries ---------------------------------------------------------------------------------


def get_list(doctype, *args, **kwargs):
    """Return rows the user may read."""
    from frappe.model.db_query import DatabaseQuery

    return DatabaseQuery(doctype).execute(*args, **kwargs)


def get_all(doctype, *args, **kwargs):
    """Return rows without any permission check and without a limit."""
    kwargs["ignore_permissions"] = True
    if "limit_page_length" not in kwargs:
        kwargs["limit_page_length"] = 0
    return get_list(doctype, *args, **kwargs)


def get_value(*args, **kwargs):
    return local.db.get_value(*args, **kwargs)


# -- settings and cache ----------------------------------------------------------------------


def get_system_settings(key: str):
    if local.flags.in_install_db:
        return None
    if not hasattr(local, "system_settings"):
        try:
            local.system_settings = get_cached_doc("System Settings")
        except DoesNotExistError:  # during a site's installation
            clear_last_message()
            return None
    return local.system_settings.get(key)


def reset_metadata_version() -> str:
    version = __getattr__("generate_hash")()
    _cache().set_value("metadata_version", version)
    return version


def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
    """Forget what is cached for a user, for a DocType, or all of it."""
    from frappe import cache_manager
    from frappe.utils import caching

    if doctype:
        cache_manager.clear_doctype_cache(doctype)
        reset_metadata_version()
    elif user:
        cache_manager.clear_user_cache(user)
    else:
        _cache().delete_keys("")
        local.request_cache.clear()  # before the hooks are read anew
        local.cache, local.new_doc_templates, local.valid_columns = {}, {}, {}
        if hasattr(local, "doc_events_hooks"):
            del local.doc_events_hooks
        reset_metadata_version()
        for fn in get_hooks("clear_cache"):
            get_attr(fn)()
    caching.clear_site_cache()
    local.role_permissions = {}
    local.request_cache.clear()
    if hasattr(local, "system_settings"):
        del local.system_settings


def are_emails_muted():
    return local.flags.mute_emails or bool(local.conf.get("mute_emails"))


def get_desk_link(doctype, name) -> str:
    html = '<a href="/app/Form/{doctype}/{name}" style="font-weight: bold;">{doctype_local} {name}</a>'
    return html.format(doctype=doctype, name=name, doctype_local=_(doctype))
