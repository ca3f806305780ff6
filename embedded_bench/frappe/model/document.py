"""The document: its life from insert to delete, with hooks, permissions and checks in Frappe's order."""

from datetime import date

import frappe
from frappe import _, msgprint
from frappe.model import optional_fields
from frappe.model.base_document import BaseDocument, get_controller
from frappe.model.delete_doc import check_if_doc_is_linked
from frappe.model.naming import set_new_name
from frappe.model.workflow import get_workflow_name, set_workflow_state_on_action, validate_workflow
from frappe.utils import cast_fieldtype, cstr, get_absolute_url, now

# (stored docstatus, new docstatus): action, permission it takes
STEPS = {
    (0, 0): ("save", None),
    (0, 1): ("submit", "submit"),
    (1, 1): ("update_after_submit", "submit"),
    (1, 2): ("cancel", "cancel"),
}
REFUSED_STEPS = {
    (0, 2): "Cannot change docstatus from 0 (Draft) to 2 (Cancelled)",
    (1, 0): "Cannot change docstatus from 1 (Submitted) to 0 (Draft)",
}
# action: hooks before the rows are written, hooks after
HOOKS = {
    "save": (("validate", "before_save"), ("on_update",)),
    "submit": (("validate", "before_submit"), ("on_update", "on_submit")),
    "cancel": (("before_cancel",), ("on_cancel",)),
    "update_after_submit": (("before_update_after_submit",), ("on_update_after_submit",)),
}


def get_doc(*args, **kwargs):
    """Return a document: loaded by (doctype, name or filters), or new from a dict or keyword arguments."""
    first = args[0] if args else kwargs
    if isinstance(first, BaseDocument):
        return first
    return get_controller(first if isinstance(first, str) else first["doctype"])(*args, **kwargs)


class Document(BaseDocument):
    """Base class of all controllers."""

    def __init__(self, *args, **kwargs):
        self.doctype = self.name = None
        self.flags = frappe._dict()
        if args and isinstance(args[0], str):
            self.doctype, self.name = args[0], args[0] if len(args) == 1 else args[1]
            self.flags.for_update = kwargs.get("for_update")
            self.load_from_db()
            return
        super().__init__(args[0] if args else kwargs)
        self.init_valid_columns()

    # -- loading ----------------------------------------------------------------------------------

    def load_from_db(self):
        """Read the document and its rows; rows of one table in one query."""
        db, for_update = frappe.db, self.flags.for_update
        self.flags.ignore_children = True
        is_single = self.doctype != "DocType" and self.meta.issingle
        if is_single:
            values = db.get_singles_dict(self.doctype, for_update=for_update)
            if not values:
                values = frappe.new_doc(self.doctype, as_dict=True)
                values["name"] = self.doctype
                values.pop("__islocal", None)
        else:
            order = {} if isinstance(self.name, (dict, list)) else {"order_by": None}
            values = db.get_value(self.doctype, self.name, "*", as_dict=True, for_update=for_update, **order)
            if not values:
                text = _("{0} {1} not found").format(_(self.doctype), self.name)
                frappe.throw(text, frappe.DoesNotExistError)
        BaseDocument.__init__(self, values)
        if is_single:
            self.init_valid_columns()
            self._fix_numeric_types()
        self.flags.pop("ignore_children", None)
        for df in self._get_table_fields():
            filters = {"parent": self.name, "parenttype": self.doctype, "parentfield": df.fieldname}
            options = {"as_dict": True, "order_by": "idx asc", "for_update": for_update}
            self.set(df.fieldname, db.get_values(df.options, filters, "*", **options))
        return self

    reload = load_from_db

    def get_latest(self):
        """Return the stored document, read once per save."""
        if not self.get_doc_before_save():
            self.load_doc_before_save()
        return self._doc_before_save

    def get_doc_before_save(self):
        """Return the document as it was before this save, None when it is new."""
        return getattr(self, "_doc_before_save", None)

    def load_doc_before_save(self):
        self._doc_before_save = None
        if not self.is_new():
            self._doc_before_save = frappe.get_doc(self.doctype, self.name, for_update=True)

    def has_value_changed(self, fieldname):
        previous = self.get_doc_before_save()
        if not previous:
            return True
        old, new = previous.get(fieldname), self.get(fieldname)
        return old != (cast_fieldtype(type(old).__name__.title(), new) if isinstance(old, date) else new)

    # -- permissions ------------------------------------------------------------------------------

    def check_permission(self, permtype="read", permlevel=None):
        """Raise `frappe.PermissionError` unless the user has the permission."""
        if not self.has_permission(permtype):
            text = _("Insufficient Permission for {0}").format(self.doctype)
            frappe.flags.error_message = f"{text} ({frappe.bold(_(permtype))})"
            raise frappe.PermissionError

    def has_permission(self, permtype="read", *, debug=False, user=None):
        if self.flags.ignore_permissions:
            return True
        return frappe.permissions.has_permission(self.doctype, permtype, self, user=user)

    def apply_fieldlevel_read_permissions(self):
        """Blank the values whose level the user may not read."""
        if frappe.session.user == "Administrator":
            return
        readable = self.meta.get_permlevel_access("read", self.get("parenttype"))
        for document in (self, *self.get_all_children()):
            for df in document.meta.high_permlevel_fields:
                if df.permlevel not in readable:
                    document.__dict__.pop(df.fieldname, None)

    def validate_higher_perm_levels(self):
        """Put back values of fields whose level the user may not write."""
        is_free = self.flags.ignore_permissions or frappe.flags.in_install
        if is_free or frappe.session.user == "Administrator":
            return
        writable = self.meta.get_permlevel_access("write", self.get("parenttype"))
        for document in (self, *(() if self.is_new() else self.get_all_children())):
            document.reset_values_if_no_permlevel_access(writable, document.meta.high_permlevel_fields)

    # -- insert, save, submit, cancel, delete -------------------------------------------------------

    def insert(
        self, ignore_permissions=None, ignore_links=None, ignore_if_duplicate=False, ignore_mandatory=None
    ):  # fmt: skip
        given = {"permissions": ignore_permissions, "links": ignore_links, "mandatory": ignore_mandatory}
        self.flags.update({f"ignore_{key}": value for key, value in given.items() if value is not None})
        self.set("__islocal", True)
        self._set_defaults()
        self.set_user_and_timestamp()
        self._take_rows_along()
        self.check_if_latest()
        self._validate_links()
        self.check_permission("create")
        self.run_method("before_insert")
        self.set_new_name()
        self._take_rows_along()
        self.validate_higher_perm_levels()
        self.flags.in_insert = True
        self.run_before_save_methods()
        self._validate()
        self._take_rows_along()
        self.db_insert(ignore_if_duplicate=ignore_if_duplicate)
        for row in self.get_all_children():
            row.db_insert()
        self.run_method("after_insert")
        if self.get("amended_from"):
            self.copy_attachments_from_amended_from()
        self.run_post_save_methods()
        self.flags.in_insert = False
        for mark in ("__islocal", "__unsaved"):
            self.__dict__.pop(mark, None)
        return self

    def save(self, ignore_permissions=None, ignore_version=None):
        if ignore_permissions is not None:
            self.flags.ignore_permissions = ignore_permissions
        self.flags.ignore_version = frappe.flags.in_test if ignore_version is None else ignore_version
        if self.get("__islocal") or not self.get("name"):
            return self.insert()
        self._set_defaults()
        self.check_permission("write")
        self.set_user_and_timestamp()
        self._take_rows_along()
        self.check_if_latest()
        for row in self.get_all_children():
            if not row.name:
                set_new_name(row)
        self.validate_higher_perm_levels()
        self._validate_links()
        self.run_before_save_methods()
        if self._action != "cancel":
            self._validate()
        if self._action == "update_after_submit":
            self.validate_update_after_submit()
        self._take_rows_along()
        self.db_update()
        for df in self.meta.get_table_fields():
            self.update_child_table(df.fieldname, df)
        self.run_post_save_methods()
        self.__dict__.pop("__unsaved", None)
        return self

    @frappe.whitelist()
    def submit(self):
        self.docstatus = 1
        return self.save()

    @frappe.whitelist()
    def cancel(self):
        self.docstatus = 2
        return self.save()

    @frappe.whitelist()
    def rename(self, name: str, merge=False, force=False, validate_rename=True):
        frappe.rename_doc(doc=self, new=name, merge=merge, force=force, validate=validate_rename)

    def delete(self, ignore_permissions=False, force=False, *, delete_permanently=False):
        options = {"force": force, "flags": self.flags, "delete_permanently": delete_permanently}
        return frappe.delete_doc(self.doctype, self.name, ignore_permissions=ignore_permissions, **options)

    def db_set(self, fieldname, value=None, update_modified=True, notify=False):
        """Write values past the checks; on_change runs."""
        self.update(fieldname if isinstance(fieldname, dict) else {fieldname: value})
        if update_modified and (self.doctype, self.name) not in frappe.flags.currently_saving:
            self.modified, self.modified_by = now(), frappe.session.user
        if not self.get_doc_before_save():
            self.load_doc_before_save()
        self.run_method("before_change")
        stamp = dict(modified=self.modified, modified_by=self.modified_by, update_modified=update_modified)
        frappe.db.set_value(self.doctype, self.name, fieldname, value, **stamp)
        self.run_method("on_change")

    # -- steps of a save ----------------------------------------------------------------------------

    def _set_defaults(self):
        if frappe.flags.in_import:
            return
        if self.is_new():
            self.update_if_missing(frappe.new_doc(self.doctype, as_dict=True))
        for df in self.meta.get_table_fields():
            new_rows = [row for row in self.get(df.fieldname) or () if row.is_new()]
            if new_rows:
                template = frappe.new_doc(df.options, parent_doc=self, parentfield=df.fieldname, as_dict=True)
                for row in new_rows:
                    row.update_if_missing(template)

    def set_user_and_timestamp(self):
        """Set modified, and owner and creation of a new document and of new rows."""
        flags = frappe.flags
        self._original_modified = self.modified
        self.modified, self.modified_by = now(), frappe.session.user
        if self.is_new() and not (flags.in_install or flags.in_patch or flags.in_migrate):
            self.creation, self.owner = self.modified, self.modified_by
        for row in self.get_all_children():
            row.modified, row.modified_by = self.modified, self.modified_by
            row.owner, row.creation = row.owner or self.owner, row.creation or self.creation
        flags.currently_saving.append((self.doctype, self.name))

    def check_if_latest(self):
        """Refuse a document that somebody else saved meanwhile, and a docstatus step that is not allowed."""
        self.load_doc_before_save()
        previous = self._doc_before_save
        if previous and cstr(previous.modified) != cstr(self._original_modified):
            text = _("Error: Document has been modified after you have opened it")
            text += f" ({previous.modified}, {self.modified}). "
            text += _("Please refresh to get the latest document.")
            msgprint(text, raise_exception=frappe.TimestampMismatchError)
        self._action = "save"
        if not (previous and self.meta.issingle):
            self.check_docstatus_transition(previous.docstatus if previous else 0)

    def check_docstatus_transition(self, to_docstatus):
        """Set the action that the step from the stored docstatus means; check its permission."""
        if to_docstatus == 2:
            raise frappe.ValidationError(_("Cannot edit cancelled document"))
        step = (int(to_docstatus), int(self.docstatus))
        if step in REFUSED_STEPS:
            raise frappe.DocstatusTransitionError(_(REFUSED_STEPS[step]))
        self._action, permission = STEPS[step]
        if permission:
            self.check_permission(permission)

    def set_new_name(self):
        """Name the document and its rows, once."""
        for document in () if self.flags.name_set else (self, *self.get_all_children()):
            set_new_name(document)
        self.flags.name_set = True

    def _take_rows_along(self):
        for row in self.get_all_children():
            row.parent, row.parenttype, row.docstatus = self.name, self.doctype, self.docstatus

    def _validate_links(self):
        if self.flags.ignore_links or self._action == "cancel":
            return
        invalid, cancelled = self.get_invalid_links()
        for row in self.get_all_children():
            invalid_in_row, cancelled_in_row = row.get_invalid_links(self.meta.is_submittable)
            invalid += invalid_in_row
            cancelled += cancelled_in_row
        if invalid:
            frappe.throw(_("Could not find {0}").format(", ".join(invalid)), frappe.LinkValidationError)
        if cancelled:
            text = _("Cannot link cancelled document: {0}").format(", ".join(cancelled))
            frappe.throw(text, frappe.CancelledLinkError)

    def run_before_save_methods(self):
        """Run the hooks that belong to the action, before anything is written."""
        if self._action in ("save", "submit"):
            self.run_method("before_validate")
        for method in () if self.flags.ignore_validate else HOOKS[self._action][0]:
            self.run_method(method)

    def run_post_save_methods(self):
        """Run the hooks that belong to the action, keep the version, and forget cached copies."""
        for method in HOOKS[self._action][1]:
            self.run_method(method)
        if self._action == "cancel" and not self.flags.ignore_links:
            check_if_doc_is_linked(self, method="Cancel")
        self.clear_cache()
        self.save_version()
        self.run_method("on_change")
        if (self.doctype, self.name) in frappe.flags.currently_saving:
            frappe.flags.currently_saving.remove((self.doctype, self.name))

    def _validate(self):
        self._validate_mandatory()
        for document in (self, *self.get_all_children()):
            document._validate_data_fields()
            document._validate_selects()
            document._validate_non_negative()
            document._validate_length()
            document._sync_autoname_field()
            document._sanitize_content()
            document._save_passwords()
            if document is self:
                self.validate_workflow()
        if self.is_new():
            self.update(dict.fromkeys(optional_fields))
        else:
            self.validate_set_only_once()

    def _validate_mandatory(self):
        if self.flags.ignore_mandatory:
            return
        documents = (self, *self.get_all_children())
        missing = [each for document in documents for each in document._get_missing_mandatory_fields()]
        for _fieldname, message in missing:
            msgprint(message)
        if missing:
            fields = ", ".join(fieldname for fieldname, _message in missing)
            raise frappe.MandatoryError(f"[{self.doctype}, {self.name}]: {fields}")

    def validate_workflow(self):
        """Check the workflow state, and set the one that submit or cancel implies."""
        workflow = None if frappe.flags.in_install == "frappe" else get_workflow_name(self.doctype)
        if workflow:
            validate_workflow(self)
            if self._action != "save":
                set_workflow_state_on_action(self, workflow, self._action)

    def validate_set_only_once(self):
        """Refuse another value in fields that are set once; owner and creation are such fields."""
        names = [df.fieldname for df in self.meta.set_only_once_fields]
        for fieldname in (*names, "owner", "creation"):
            old, new = self._doc_before_save.get(fieldname), self.get(fieldname)
            if new != old and cstr(new) != cstr(old):
                label = frappe.bold(self.meta.get_label(fieldname))
                text = _("Value cannot be changed for {0}").format(label)
                frappe.throw(text, exc=frappe.CannotChangeConstantError)

    def validate_update_after_submit(self):
        """Refuse changes that a submitted document does not allow."""
        if self.flags.ignore_validate_update_after_submit:
            return
        stored = self._doc_before_save
        self._validate_update_after_submit(stored)
        rows = {(row.doctype, row.name): row for row in stored.get_all_children()}
        for row in self.get_all_children():
            if not (row.is_new() and self.meta.get_field(row.parentfield).allow_on_submit):
                row._validate_update_after_submit(rows.get((row.doctype, row.name)))

    def update_child_table(self, fieldname, df):
        """Delete the rows that are no longer in the document, write the others."""
        rows = self.get(fieldname)
        if df.options not in (self.flags.ignore_children_type or ()):
            filters = {"parent": self.name, "parenttype": self.doctype, "parentfield": fieldname}
            if kept := [row.name for row in rows if row.name and not row.is_new()]:
                filters["name"] = ["not in", kept]
            frappe.db.delete(df.options, filters)
        for row in rows:
            row.db_update()

    def save_version(self):
        """Keep what this save changed, where the DocType tracks changes."""
        previous, flags = self._doc_before_save, frappe.flags
        is_skipped = self.flags.ignore_version or flags.in_install or (not previous and flags.in_patch)
        if not self.meta.track_changes or is_skipped:
            return
        if not previous and self.get("amended_from"):
            previous = frappe.get_doc(self.doctype, self.amended_from)
        version = frappe.new_doc("Version")
        if version.update_version_info(previous, self):
            version.insert(ignore_permissions=True)

    def copy_attachments_from_amended_from(self):
        attached = {"attached_to_doctype": self.doctype, "attached_to_name": self.amended_from}
        for file in frappe.get_all("File", filters=attached, fields=["file_url", "file_name", "is_private"]):
            frappe.get_doc({**file, "doctype": "File", **attached, "attached_to_name": self.name}).insert()

    # -- hooks ----------------------------------------------------------------------------------------

    def run_method(self, method, *args, **kwargs):
        """Run the controller's method, then the hooks of the apps; the last value that one returns counts."""
        own = getattr(self, method, None)
        result = own(*args, **kwargs) if callable(own) else None
        events = frappe.get_doc_hooks()
        for doctype in (self.doctype, "*"):
            for handler in events.get(doctype, {}).get(method, ()):
                value = frappe.get_attr(handler)(self, method, *args, **kwargs)
                result = result if value is None else value
        return result

    def get_all_children(self):
        return [row for df in self.meta.get_table_fields() for row in self.get(df.fieldname) or ()]

    # -- helpers for controllers ------------------------------------------------------------------------

    def get_title(self):
        return self.get(self.meta.get_title_field()) or ""

    def get_url(self):
        return get_absolute_url(self.doctype, self.name)

    @frappe.whitelist()
    def add_comment(self, comment_type="Comment", text=None, comment_email=None, comment_by=None):
        by = {"comment_email": comment_email or frappe.session.user, "comment_by": comment_by}
        about = {"reference_doctype": self.doctype, "reference_name": self.name, **by}
        comment = frappe.new_doc("Comment", comment_type=comment_type, content=text or comment_type, **about)
        return comment.insert(ignore_permissions=True)

    def clear_cache(self):
        frappe.clear_document_cache(self.doctype, self.name)
