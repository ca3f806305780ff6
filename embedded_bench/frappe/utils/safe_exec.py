"""Expressions that users may write: conditions of workflows and rules."""

import ast
import unicodedata

import frappe
from frappe.utils import data, formatters
from RestrictedPython import compile_restricted

# Attributes through which an expression could reach the interpreter.
_UNSAFE_ATTRIBUTES = """
    gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_origin cr_await ag_frame ag_code ag_await tb_frame
    tb_next f_back f_builtins f_code f_globals f_locals f_trace co_code func_globals func_code mro format
    format_map"""
UNSAFE_ATTRIBUTES = frozenset(_UNSAFE_ATTRIBUTES.split())


def _getattr(value, name: str, default=None):
    if not isinstance(name, str) or name.startswith("_") or name in UNSAFE_ATTRIBUTES:
        raise SyntaxError(f"{name} is an unsafe attribute")
    return getattr(value, name, default)


_NAMES = {"int": int, "float": float, "long": int, "round": round, "_getattr_": _getattr, "_getiter_": iter}


def safe_eval(code, eval_globals=None, eval_locals=None):
    """Return the value of a restricted expression; assignments and underscore names are refused."""
    code = unicodedata.normalize("NFKC", code)
    if any(isinstance(node, ast.NamedExpr) for node in ast.walk(ast.parse(code, mode="eval"))):
        raise SyntaxError("Operation not allowed: :=")
    names = {**(eval_globals or {}), "__builtins__": {}, **_NAMES, "_getitem_": lambda value, key: value[key]}
    return eval(compile_restricted(code, filename="<safe_eval>", mode="eval"), names, eval_locals)


def get_safe_globals() -> dict:
    """Return the names that templates may use."""
    functions = {name: value for name, value in vars(data).items() if callable(value) and name[0] != "_"}
    readers = ("get_value", "get_single_value", "get_default", "exists", "count")
    of_frappe = ("_", "bold", "get_all", "get_list", "get_doc", "get_cached_doc", "get_meta", "throw")
    safe = frappe._dict({name: getattr(frappe, name) for name in of_frappe})
    safe.update(utils=frappe._dict(functions), format=formatters.format_value, lang=frappe.local.lang)
    safe.update(format_value=formatters.format_value, session=frappe._dict(user=frappe.session.user))
    safe.db = frappe._dict({name: getattr(frappe.db, name) for name in readers})
    return {"_": frappe._, "dict": dict, "_dict": frappe._dict, "scrub": frappe.scrub, "frappe": safe}
