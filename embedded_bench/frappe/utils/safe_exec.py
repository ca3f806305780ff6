"""Expressions that users may write: conditions of workflows, rules and notifications."""

from __future__ import annotations

import ast
import json
import unicodedata

import frappe
from RestrictedPython import compile_restricted
from RestrictedPython.transformer import RestrictingNodeTransformer

# Attributes through which an expression could reach the interpreter.
UNSAFE_ATTRIBUTES = frozenset(
    """
    gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_origin cr_await ag_frame ag_code ag_await tb_frame
    tb_next f_back f_builtins f_code f_globals f_locals f_trace co_code func_globals func_code mro
    format format_map
    """.split()  # noqa: SIM905
)


def _getattr(value, name: str, default=None):
    if not isinstance(name, str) or name.startswith("_") or name in UNSAFE_ATTRIBUTES:
        raise SyntaxError(f"{name} is an unsafe attribute")
    return getattr(value, name, default)


WHITELISTED_SAFE_EVAL_GLOBALS = {
    "int": int,
    "float": float,
    "long": int,
    "round": round,
    "_getattr_": _getattr,
    "_getitem_": lambda value, key: value[key],
    "_getiter_": iter,
}


def safe_eval(code, eval_globals=None, eval_locals=None):
    """Return the value of a restricted expression; assignments and underscore names are refused."""
    code = unicodedata.normalize("NFKC", code)
    for node in ast.walk(ast.parse(code, mode="eval")):
        if isinstance(node, ast.NamedExpr):
            raise SyntaxError(f"Operation not allowed: line {node.lineno} column {node.col_offset}")
    names = {**(eval_globals or {}), "__builtins__": {}, **WHITELISTED_SAFE_EVAL_GLOBALS}
    compiled = compile_restricted(
        code, filename="<safe_eval>", policy=RestrictingNodeTransformer, mode="eval"
    )
    return eval(compiled, names, eval_locals)


def get_safe_globals() -> dict:
    """Return the names that templates may use."""
    from frappe.utils import data, formatters

    session = frappe.local.session
    functions = {name: value for name, value in vars(data).items() if callable(value) and name[0] != "_"}
    return {
        "_": frappe._,
        "dict": dict,
        "_dict": frappe._dict,
        "json": frappe._dict(loads=json.loads, dumps=json.dumps),
        "as_json": frappe.as_json,
        "scrub": frappe.scrub,
        "dev_server": 0,
        "frappe": frappe._dict(
            _=frappe._,
            format=formatters.format_value,
            format_value=formatters.format_value,
            format_date=data.formatdate,
            bold=frappe.bold,
            form_dict=frappe.local.form_dict,
            get_all=frappe.get_all,
            get_list=frappe.get_list,
            get_doc=frappe.get_doc,
            get_cached_doc=frappe.get_cached_doc,
            get_meta=frappe.get_meta,
            get_system_settings=frappe.get_system_settings,
            get_url=data.get_url,
            throw=frappe.throw,
            lang=frappe.local.lang,
            utils=frappe._dict(functions),
            db=frappe._dict(
                get_value=frappe.db.get_value,
                get_single_value=frappe.db.get_single_value,
                get_default=frappe.db.get_default,
                get_all=frappe.get_all,
                get_list=frappe.get_list,
                exists=frappe.db.exists,
                count=frappe.db.count,
            ),
            session=frappe._dict(
                user=session.user, csrf_token=(session.data or {}).get("csrf_token") if session else ""
            ),
            user=session.user,
        ),
    }
