"""DocType: the definition of a kind of document; saving it makes or alters its table."""

import re

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document
from frappe.modules.utils import load_doctype_module

RESTRICTED_FIELDNAMES = (
    "name", "parent", "creation", "owner", "modified", "modified_by", "parentfield", "parenttype", "file_list",
    "flags", "docstatus", "doctype", "idx",
)  # fmt: skip


class CannotCreateStandardDoctypeError(frappe.ValidationError):
    """Standard DocTypes come from files."""


class UniqueFieldnameError(frappe.ValidationError):
    """Two fields have one name."""


class DocType(Document):
    """One kind of document."""

    @staticmethod
    def prepare_for_import(docdict):
        """Put the fields of a file into the order that it states."""
        order = docdict.pop("field_order", None) or []
        position = {fieldname: idx for idx, fieldname in enumerate(order)}
        if order:
            docdict["fields"].sort(key=lambda df: position.get(df.get("fieldname"), len(order)))
        for key in ("fields", "permissions", "links", "actions", "states"):
            for idx, row in enumerate(docdict.get(key) or (), 1):
                row["idx"] = idx

    def before_validate(self):
        self.set_fieldnames()
        self.make_amendable()

    def before_import(self):
        """What an import skips with the validation, it still needs."""
        self.set_fieldnames()
        if self.istable:
            self.permissions = []

    def validate(self):
        if not (self.custom or frappe.conf.developer_mode or frappe.flags.in_patch or frappe.flags.in_test):
            frappe.throw(
                _("Not in Developer Mode! Set in site_config.json or make 'Custom' DocType."),
                CannotCreateStandardDoctypeError,
            )
        if not re.match(r"^[\w][\w -]{0,60}$", self.name or ""):
            frappe.throw(_("DocType's name should start with a letter and it can only consist of letters, numbers, spaces, underscores and hyphens"), frappe.NameError)
        if self.issingle:
            self.is_submittable = self.istable = 0
        if self.istable:
            self.permissions = []
        autoname = self.autoname or ""
        for df in self.fields:
            if autoname == f"field:{df.fieldname}":
                df.unique = 1
        if autoname.startswith("naming_series:") and all(df.fieldname != "naming_series" for df in self.fields):
            frappe.throw(_('Invalid fieldname \'{0}\' in autoname').format("naming_series"))
        validate_fields(self)
        for row in self.permissions:
            if not self.is_submittable and (row.submit or row.cancel or row.amend):
                frappe.throw(_("{0}: Cannot set Assign Submit if not Submittable").format(self.name))

    def set_fieldnames(self):
        """Name fields after their labels; breaks after their place."""
        for idx, df in enumerate(self.fields, 1):
            df.idx = df.idx or idx
            if df.fieldname:
                df.fieldname = df.fieldname.strip()
                continue
            if df.label:
                name = re.sub(r"[^\w]", "", df.label.strip().lower().replace(" ", "_").replace("-", "_"))
                df.fieldname = f"{name}1" if name in RESTRICTED_FIELDNAMES else name
            else:
                df.fieldname = f"{frappe.scrub(df.fieldtype)}_{idx}"
            if df.fieldtype in ("Section Break", "Column Break", "Tab Break") and df.label:
                df.fieldname += f"_{df.fieldtype.split()[0].lower()}"

    def make_amendable(self):
        """Give submittable DocTypes their `amended_from`."""
        if self.is_submittable and all(df.fieldname != "amended_from" for df in self.fields):
            self.append(
                "fields",
                {
                    "label": "Amended From",
                    "fieldtype": "Link",
                    "fieldname": "amended_from",
                    "options": self.name,
                    "read_only": 1,
                    "print_hide": 1,
                    "no_copy": 1,
                    "search_index": 1,
                },
            )

    def on_update(self):
        frappe.clear_cache(doctype=self.name)
        frappe.db.updatedb(self.name, frappe.model.meta.Meta(self))
        make_module_and_roles(self)
        if not self.custom:
            self.run_module_method("on_doctype_update")
        self.clear_derived_caches()

    def after_delete(self):
        self.clear_derived_caches()

    def on_trash(self):
        for doctype, field in (("Custom Field", "dt"), ("Property Setter", "doc_type"), ("Custom DocPerm", "parent")):
            frappe.db.delete(doctype, {field: self.name})

    def clear_derived_caches(self):
        """Forget everything that was read from the old definition."""
        frappe.clear_cache(doctype=self.name)
        frappe.cache.delete_value("is_table")
        frappe.controllers.get(frappe.local.site, {}).pop(self.name, None)
        for cache in (frappe.local.valid_columns, frappe.local.new_doc_templates):
            cache.pop(self.name, None)
        frappe.flags.link_fields = {}
        frappe.flags.pop("dynamic_link_map", None)

    def run_module_method(self, method):
        """Run a function of the DocType's Python module, if it has it."""
        try:
            module = load_doctype_module(self.name, self.module)
        except ImportError:
            return
        if hasattr(module, method):
            getattr(module, method)()


def validate_fields(meta):
    """Refuse fields that could not work: twice the same name, links without target."""
    seen = set()
    for df in meta.fields:
        if not df.fieldname:
            frappe.throw(_("Row #{}: Fieldname is required").format(df.idx))
        if df.fieldname in seen:
            frappe.throw(
                _("{0}: Fieldname {1} appears multiple times in rows {2}").format(meta.name, df.fieldname, df.idx),
                UniqueFieldnameError,
            )
        seen.add(df.fieldname)
        if df.fieldtype not in no_value_fields and df.fieldname in RESTRICTED_FIELDNAMES:
            frappe.throw(_("Fieldname {0} is restricted").format(frappe.bold(df.fieldname)))
        if df.fieldtype in ("Link", *table_fields):
            if not df.options:
                frappe.throw(
                    _("{0}: Options required for Link or Table type field {1} in row {2}").format(
                        meta.name, df.label, df.idx
                    )
                )
            if df.options not in ("[Select]", meta.name) and not frappe.db.exists("DocType", df.options):
                frappe.throw(
                    _("{0}: Options must be a valid DocType for field {1} in row {2}").format(
                        meta.name, df.label, df.idx
                    ),
                    frappe.DoesNotExistError if df.fieldtype in table_fields else frappe.ValidationError,
                )
        if df.fieldtype == "Check" and df.default and str(df.default) not in ("0", "1"):
            frappe.throw(_("Default for 'Check' type of field {0} must be either '0' or '1'").format(df.fieldname))


def validate_fields_for_doctype(doctype):
    """Check the fields of a DocType with its customisations."""
    validate_fields(frappe.get_meta(doctype, cached=False))


def make_module_and_roles(doc):
    """Create the module and the roles that a DocType names."""
    tables = frappe.db.get_tables()
    if "tabModule Def" in tables and doc.module and not frappe.db.exists("Module Def", doc.module):
        app = "frappe"
        if frappe.local.module_app:
            app = frappe.local.module_app.get(frappe.scrub(doc.module), "frappe")
        frappe.get_doc(doctype="Module Def", module_name=doc.module, app_name=app, custom=doc.custom).insert(
            ignore_permissions=True, ignore_mandatory=True
        )
    if "tabRole" in tables and "tabHas Role" in tables:
        for role in {"Administrator", *(row.role for row in doc.permissions if row.role)}:
            if not frappe.db.exists("Role", role):
                frappe.get_doc(doctype="Role", role_name=role, desk_access=1).insert(
                    ignore_permissions=True, ignore_mandatory=True
                )


@frappe.whitelist()
def clear_permissions_cache(doctype: str):
    """Forget the cached permissions of a DocType."""
    frappe.only_for("System Manager")
    frappe.clear_cache(doctype=doctype)
