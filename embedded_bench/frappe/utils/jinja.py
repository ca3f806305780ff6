"""Jinja templates: texts of apps, print formats, website pages."""

import frappe
from frappe.utils.safe_exec import UNSAFE_ATTRIBUTES, get_safe_globals
from jinja2 import ChoiceLoader, DebugUndefined, PackageLoader, PrefixLoader
from jinja2.sandbox import SandboxedEnvironment


class Environment(SandboxedEnvironment):
    """A sandbox that also refuses the attributes `safe_eval` refuses."""

    def is_safe_attribute(self, obj, attr, value):
        unsafe = UNSAFE_ATTRIBUTES - {"format", "format_map"}
        return attr not in unsafe and super().is_safe_attribute(obj, attr, value)


def get_jenv() -> Environment:
    if not getattr(frappe.local, "jenv", None):
        apps = dict.fromkeys([*reversed(frappe.get_installed_apps()), "frappe"])
        loaders = {app: PackageLoader(app, ".") for app in apps}
        # As in Frappe templates escape with `| e`: texts of documents are cleaned when they are saved.
        loader = ChoiceLoader([PrefixLoader(loaders), *loaders.values()])
        env = Environment(loader=loader, undefined=DebugUndefined)
        utils = frappe.utils
        env.filters.update(json=frappe.as_json, len=len, int=utils.cint, str=utils.cstr, flt=utils.flt)
        env.globals.update(get_safe_globals())
        frappe.local.jenv = env
    return frappe.local.jenv


def get_template(path: str):
    return get_jenv().get_template(path)
