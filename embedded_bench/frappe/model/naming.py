"""Names of documents: series, fields, patterns and hashes."""

import base64
import re
import secrets
import time

import frappe
from frappe import _
from frappe.exceptions import ValidationError
from frappe.model import log_types
from frappe.utils import cint, cstr, now_datetime

SERIES_PATTERN = re.compile(r"^[\w\- \/.#{}]+$", re.UNICODE)
BRACED_PARAMS_PATTERN = re.compile(r"(\{[\w | #]+\})")
WITHOUT_NAMING_RULES = {
    *log_types, "DocType", "DocField", "DocPerm", "DocType Action", "DocType Link", "DocType State",
    "DefaultValue", "Patch Log",
}  # fmt: skip


class InvalidNamingSeriesError(ValidationError):
    """The series has characters that names cannot have."""


class NamingSeries:
    """A series such as `PO-.YYYY.-.#####`."""

    __slots__ = ("series",)

    def __init__(self, series: str):
        self.series = series if "#" in series else f"{series}.#####"

    def validate(self):
        """Raise unless the series can make names."""
        bold = frappe.bold(self.series)
        if "." not in self.series:
            frappe.throw(
                _("Invalid naming series {}: dot (.) missing").format(bold), exc=InvalidNamingSeriesError
            )
        if not SERIES_PATTERN.match(self.series):
            frappe.throw(
                _(
                    "Special Characters except '-', '#', '.', '/', '{{' and '}}' not allowed in naming series {0}"
                ).format(bold),
                exc=InvalidNamingSeriesError,
            )

    def generate_next_name(self, doc, *, ignore_validate=False) -> str:
        """Return the next name and count the series up."""
        if not ignore_validate:
            self.validate()
        return parse_naming_series(self.series.split("."), doc=doc)

    def get_prefix(self) -> str:
        """Return the key of the counter in `tabSeries`."""
        prefixes = []
        parse_naming_series(
            self.series, number_generator=lambda prefix, digits: prefixes.append(prefix) or "#" * digits
        )
        return prefixes[0]

    def get_current_value(self) -> int:
        """Return the last number given."""
        return cint(frappe.db.get_value("Series", self.get_prefix(), "current", order_by="name"))

    def update_counter(self, new_count: int):
        """Set the last number given."""
        prefix = self.get_prefix()
        if not frappe.db.sql("SELECT `name` FROM `tabSeries` WHERE `name`=%s", (prefix,)):
            frappe.db.sql("INSERT INTO `tabSeries` (`name`, `current`) VALUES (%s, 0)", (prefix,))
        frappe.db.sql("UPDATE `tabSeries` SET `current`=%s WHERE `name`=%s", (cint(new_count), prefix))


def set_new_name(doc):
    """Name a new document by the first rule that gives one."""
    doc.run_method("before_naming")
    meta = frappe.get_meta(doc.doctype)
    autoname = meta.autoname or ""
    if autoname.lower() != "prompt" and not frappe.flags.in_import:
        doc.name = None
    if is_autoincremented(doc.doctype, meta):
        doc.name = frappe.db.get_next_sequence_val(doc.doctype)
        return
    if getattr(doc, "amended_from", None):
        _set_amended_name(doc)
        if doc.name:
            return
    elif meta.issingle:
        doc.name = doc.doctype
    if not doc.name:
        set_naming_from_document_naming_rule(doc)
    if not doc.name:
        doc.run_method("autoname")
    if not doc.name and autoname:
        set_name_from_naming_options(autoname, doc)
    if not doc.name:
        doc.name = make_autoname("hash", doc.doctype)
    doc.name = validate_name(doc.doctype, doc.name)


def is_autoincremented(doctype, meta=None) -> bool:
    """Tell whether names are whole numbers counted by the database."""
    meta = meta or frappe.get_meta(doctype)
    return not meta.issingle and meta.autoname == "autoincrement"


def set_name_from_naming_options(autoname, doc):
    """Name a document by the DocType's `autoname`."""
    rule = autoname.lower()
    if rule.startswith("field:"):
        doc.name = cstr(doc.get(autoname[6:])).strip()
        if not doc.name:
            frappe.throw(_("{0} is required").format(doc.meta.get_label(autoname[6:])))
    elif rule.startswith("naming_series:"):
        set_name_by_naming_series(doc)
    elif rule.startswith("prompt"):
        if not doc.name:
            frappe.throw(_("Please set the document name"))
    elif rule.startswith("format:"):
        pattern = autoname.split(":", 1)[1]
        doc.name = BRACED_PARAMS_PATTERN.sub(
            lambda match: parse_naming_series([match.group()[1:-1]], doc=doc), pattern
        )
    elif "#" in autoname:
        doc.name = make_autoname(autoname, doc=doc)


def set_naming_from_document_naming_rule(doc):
    """Name a document by the first Document Naming Rule whose conditions it meets."""
    if doc.doctype in WITHOUT_NAMING_RULES or frappe.flags.in_install == "frappe":
        return
    rules = frappe.cache.hget("document_naming_rules", doc.doctype)
    if rules is None:
        rules = frappe.get_all(
            "Document Naming Rule",
            filters={"document_type": doc.doctype, "disabled": 0},
            order_by="priority desc",
            pluck="name",
        )
        frappe.cache.hset("document_naming_rules", doc.doctype, rules)
    for name in rules:
        frappe.get_cached_doc("Document Naming Rule", name).apply(doc)
        if doc.name:
            return


def set_name_by_naming_series(doc):
    """Name a document by its `naming_series`, the first option when it is blank."""
    if not doc.naming_series:
        doc.naming_series = get_default_naming_series(doc.doctype)
    if not doc.naming_series:
        frappe.throw(_("Naming Series mandatory"))
    doc.name = make_autoname(doc.naming_series + ".#####", "", doc)


def get_default_naming_series(doctype):
    """Return the first series offered."""
    return next(filter(None, frappe.get_meta(doctype).get_naming_series_options()), None)


def make_autoname(key="", doctype="", doc="", *, ignore_validate=False):
    """Return the next name of a series, or a hash."""
    if key == "hash":
        # the first four characters count tenths of a second: names made later sort later, for a day
        tick = int(time.time() * 10) % 32**4
        prefix = base64.b32hexencode(tick.to_bytes(5, "big")).decode()[-4:]
        return (prefix + base64.b32hexencode(secrets.token_bytes(6)).decode()[:6]).lower()
    return NamingSeries(key).generate_next_name(doc, ignore_validate=ignore_validate)


def parse_naming_series(parts, doctype=None, doc=None, number_generator=None) -> str:
    """Put a series' parts together: dates, fields, text and, once, the number."""
    if isinstance(parts, str):
        parts = parts.split(".")
    number_generator = number_generator or getseries
    missing = object()
    today = now_datetime()
    dates = {"YY": "%y", "MM": "%m", "DD": "%d", "YYYY": "%Y"}
    variables = frappe.get_hooks("naming_series_variables", {})
    name = ""
    has_number = False
    for part in filter(None, parts):
        if part.startswith("#"):
            if not has_number:
                name += number_generator(name, len(part))
                has_number = True
            continue
        if part in dates:
            value = today.strftime(dates[part])
        elif part == "WW":
            value = determine_consecutive_week_number(today)
        elif part == "timestamp":
            value = str(today)
        elif doc and (part.startswith("{") or doc.get(part, missing) is not missing):
            value = doc.get(part.replace("{", "").replace("}", ""))
        elif variables.get(part):
            value = frappe.get_attr(variables[part][0])(doc, part)
        else:
            value = part
        name += value if isinstance(value, str) else cstr(value).strip()
    return name


def determine_consecutive_week_number(moment) -> str:
    """Return the calendar week such that it never falls within a year."""
    week = moment.strftime("%V")
    if moment.month == 1 and int(week) >= 52:
        return "00"
    if moment.month == 12 and int(week) <= 1:
        return "53"
    return week


def getseries(key, digits) -> str:
    """Count a series up and return its number; the row stays locked until the transaction ends."""
    current = frappe.db.sql("SELECT `current` FROM `tabSeries` WHERE `name`=%s FOR UPDATE", (key,))
    if current and current[0][0] is not None:
        number = cint(current[0][0]) + 1
        frappe.db.sql("UPDATE `tabSeries` SET `current` = `current` + 1 WHERE `name`=%s", (key,))
    else:
        number = 1
        frappe.db.sql("INSERT INTO `tabSeries` (`name`, `current`) VALUES (%s, 1)", (key,))
    return f"{number:0{digits}d}"


def revert_series_if_last(key, name, doc=None):
    """Count a series down when the document that had its last number is deleted."""
    prefix = key
    if ".#" in key:
        prefix, hashes = key.rsplit(".", 1)
        if "#" not in hashes:
            run = re.search("#+", key)
            if not run:
                return
            name = name.replace(hashes, "")
            prefix = prefix.replace(run.group(), "")
    if "." in prefix:
        prefix = parse_naming_series(prefix.split("."), doc=doc)
    count = cint(name.replace(prefix, ""))
    current = frappe.db.sql("SELECT `current` FROM `tabSeries` WHERE `name`=%s FOR UPDATE", (prefix,))
    if current and current[0][0] == count:
        frappe.db.sql("UPDATE `tabSeries` SET `current` = `current` - 1 WHERE `name`=%s", (prefix,))


def validate_name(doctype, name):
    """Return the name, stripped; raise when it cannot be one."""
    if not name:
        frappe.throw(_("No Name Specified for {0}").format(doctype))
    if isinstance(name, int):
        if is_autoincremented(doctype):
            return name
        frappe.throw(_("Invalid name type (integer) for varchar name column"), frappe.NameError)
    if name.startswith("New " + doctype):
        frappe.throw(
            _("There were some errors setting the name, please contact the administrator"), frappe.NameError
        )
    name = name.strip()
    if name == doctype != "DocType" and not frappe.get_meta(doctype).issingle:
        frappe.throw(_("Name of {0} cannot be {1}").format(doctype, name), frappe.NameError)
    if "<" in name or ">" in name:
        frappe.throw(
            _("Name cannot contain special characters like {0}").format("'<', '>'"), frappe.NameError
        )
    return name


def append_number_if_name_exists(doctype, value, fieldname="name", separator="-", filters=None):
    """Return the value, with the next free number behind it when it is taken."""
    if not frappe.db.exists(doctype, {**(filters or {}), fieldname: value}):
        return value
    pattern = re.compile(f"^{re.escape(value)}{separator}(\\d+)$")
    taken = frappe.get_all(
        doctype, filters={fieldname: ["like", f"{value}{separator}%"]}, pluck=fieldname
    )
    numbers = [int(match.group(1)) for match in map(pattern.match, taken) if match]
    return f"{value}{separator}{max(numbers, default=0) + 1}"


def _set_amended_name(doc):
    rule = frappe.db.get_value(
        "Amended Document Naming Settings", {"document_type": doc.doctype}, "action", cache=True
    ) or frappe.db.get_single_value("Document Naming Settings", "default_amend_naming", cache=True)
    if rule == "Default Naming":
        return
    base, number = doc.amended_from, 1
    if frappe.db.get_value(doc.doctype, doc.amended_from, "amended_from"):
        base, _dash, last = doc.amended_from.rpartition("-")
        number = cint(last) + 1
    doc.name = f"{base}-{number}"
