"""The document: its life from insert to delete, with hooks, permissions and checks in Frappe's order."""

import hashlib
import json
import time
from datetime import date, datetime, timedelta

from werkzeug.exceptions import NotFound

import frappe
from frappe import _, is_whitelisted, msgprint
from frappe.model import optional_fields, table_fields
from frappe.model.base_document import BaseDocument, get_controller
from frappe.model.docstatus import DocStatus
from frappe.model.naming import set_new_name, validate_name
from frappe.model.workflow import set_workflow_state_on_action, validate_workflow
from frappe.utils import compare, cstr, date_diff, file_lock, flt, now
from frappe.utils.data import get_absolute_url, get_datetime, get_timedelta, getdate

LOCK_EXPIRES_AFTER = 12 * 60 * 60


def get_doc(*args, **kwargs):
    """Return a document: loaded by (doctype, name or filters), or new from a dict or keyword arguments."""
    if args:
        if isinstance(args[0], BaseDocument):
            return args[0]
        if isinstance(args[0], str):
            doctype = args[0]
        elif isinstance(args[0], dict):
            kwargs = args[0]
        else:
            raise ValueError("First non keyword argument must be a string or dict")
    if len(args) < 2 and kwargs:
        if "doctype" not in kwargs:
            if not (args and isinstance(args[0], str)):
                raise ValueError('"doctype" is a required key')
        else:
            doctype = kwargs["doctype"]
    return get_controller(doctype)(*args, **kwargs)


class Document(BaseDocument):
    """Base class of all controllers."""

    def __init__(self, *args, **kwargs):
        self.doctype = None
        self.name = None
        self.flags = frappe._dict()
        if args and args[0]:
            if isinstance(args[0], str):
                self.doctype = args[0]
                self.name = self.doctype if len(args) == 1 else args[1]
                self.flags.for_update = kwargs.get("for_update")
                self.load_from_db()
                return
            if isinstance(args[0], dict):
                kwargs = args[0]
        if not kwargs:
            raise ValueError("Illegal arguments")
        super().__init__(kwargs)
        self.init_child_tables()
        self.init_valid_columns()

    # -- loading ----------------------------------------------------------------------------------

    def load_from_db(self):
        """Read the document and its rows; rows of one table in one query."""
        self.flags.ignore_children = True
        for_update = self.flags.for_update
        if self.doctype not in ("DocType",) and self.meta.issingle:
            values = frappe.db.get_singles_dict(self.doctype, for_update=for_update)
            if not values:
                values = frappe.new_doc(self.doctype, as_dict=True)
                values["name"] = self.doctype
                values.pop("__islocal", None)
            BaseDocument.__init__(self, values)
            self.init_valid_columns()
            self._fix_numeric_types()
        else:
            order = {} if isinstance(self.name, (dict, list)) else {"order_by": None}
            values = frappe.db.get_value(
                self.doctype, self.name, "*", as_dict=True, for_update=for_update, **order
            )
            if not values:
                frappe.throw(
                    _("{0} {1} not found").format(_(self.doctype), self.name), frappe.DoesNotExistError
                )
            BaseDocument.__init__(self, values)
        self.flags.pop("ignore_children", None)

        for df in self._get_table_fields():
            rows = frappe.db.get_values(
                df.options,
                {"parent": self.name, "parenttype": self.doctype, "parentfield": df.fieldname},
                "*",
                as_dict=True,
                order_by="idx asc",
                for_update=for_update,
            )
            self.set(df.fieldname, rows or [])
        if hasattr(self, "__setup__"):
            self.__setup__()
        return self

    def reload(self):
        """Read the document again."""
        return self.load_from_db()

    def get_latest(self):
        """Return the stored document, read once per save."""
        if not getattr(self, "_doc_before_save", None):
            self.load_doc_before_save()
        return self._doc_before_save

    def get_doc_before_save(self):
        """Return the document as it was before this save, None when it is new."""
        return getattr(self, "_doc_before_save", None)

    def load_doc_before_save(self, *, raise_exception=False):
        """Lock and read the stored document."""
        self._doc_before_save = None
        if self.is_new():
            return
        try:
            self._doc_before_save = frappe.get_doc(self.doctype, self.name, for_update=True)
        except frappe.DoesNotExistError:
            if raise_exception:
                raise
            frappe.clear_last_message()

    def has_value_changed(self, fieldname):
        """Tell whether this save changes the field."""
        previous = self.get_doc_before_save()
        if not previous:
            return True
        old, new = previous.get(fieldname), self.get(fieldname)
        if isinstance(old, datetime):
            new = get_datetime(new)
        elif isinstance(old, date):
            new = getdate(new)
        elif isinstance(old, timedelta):
            new = get_timedelta(new)
        return old != new

    # -- permissions ------------------------------------------------------------------------------

    def check_permission(self, permtype="read", permlevel=None):
        """Raise `frappe.PermissionError` unless the user has the permission."""
        if not self.has_permission(permtype):
            self.raise_no_permission_to(permtype)

    def has_permission(self, permtype="read", *, debug=False, user=None):
        """Tell whether the user has the permission on this document."""
        if self.flags.ignore_permissions:
            return True
        import frappe.permissions

        return frappe.permissions.has_permission(self.doctype, permtype, self, debug=debug, user=user)

    def raise_no_permission_to(self, perm_type):
        """Raise `frappe.PermissionError` with the message that REST shows."""
        frappe.flags.error_message = (
            _("Insufficient Permission for {0}").format(self.doctype) + f" ({frappe.bold(_(perm_type))})"
        )
        raise frappe.PermissionError

    def get_permissions(self):
        """Return the permission rows that apply: a row's are its parent's."""
        return frappe.get_meta(self.parenttype if self.meta.istable else self.doctype).permissions

    def get_permlevel_access(self, permission_type="write"):
        """Return the field levels that the user's roles reach."""
        roles = set(frappe.get_roles())
        return list(
            dict.fromkeys(
                p.permlevel for p in self.get_permissions() if p.role in roles and p.get(permission_type)
            )
        )

    def has_permlevel_access_to(self, fieldname, df=None, permission_type="read"):
        """Tell whether the user reaches the level of a field."""
        df = df or self.meta.get_field(fieldname)
        return df.permlevel in self.get_permlevel_access(permission_type)

    def apply_fieldlevel_read_permissions(self):
        """Blank the values whose level the user may not read."""
        if frappe.session.user == "Administrator":
            return
        readable = self.get_permlevel_access("read")
        for document in (self, *self.get_all_children()):
            for df in document.meta.get_high_permlevel_fields():
                if df.permlevel not in readable:
                    document.__dict__.pop(df.fieldname, None)

    def validate_higher_perm_levels(self):
        """Put back values of fields whose level the user may not write."""
        if (
            self.flags.ignore_permissions
            or frappe.flags.in_install
            or frappe.session.user == "Administrator"
        ):
            return
        writable = self.get_permlevel_access()
        if high := self.meta.get_high_permlevel_fields():
            self.reset_values_if_no_permlevel_access(writable, high)
        if self.is_new():
            return
        for df in self.meta.get_table_fields():
            if high := frappe.get_meta(df.options).get_high_permlevel_fields():
                for row in self.get(df.fieldname):
                    row.reset_values_if_no_permlevel_access(writable, high)

    # -- insert, save, submit, cancel, delete -------------------------------------------------------

    def insert(
        self,
        ignore_permissions=None,
        ignore_links=None,
        ignore_if_duplicate=False,
        ignore_mandatory=None,
        set_name=None,
        set_child_names=True,
    ):
        """Insert the document and its rows."""
        if self.flags.in_print:
            return self
        self.flags.notifications_executed = []
        for flag, value in (
            ("ignore_permissions", ignore_permissions),
            ("ignore_links", ignore_links),
            ("ignore_mandatory", ignore_mandatory),
        ):
            if value is not None:
                self.flags[flag] = value
        self.set("__islocal", True)

        self._set_defaults()
        self.set_user_and_timestamp()
        self.set_docstatus()
        self.check_if_latest()
        self._validate_links()
        self.check_permission("create")
        self.run_method("before_insert")
        self.set_new_name(set_name=set_name, set_child_names=set_child_names)
        self.set_parent_in_children()
        self.validate_higher_perm_levels()

        self.flags.in_insert = True
        self.run_before_save_methods()
        self._validate()
        self.set_docstatus()
        self.flags.in_insert = False

        if self.meta.issingle:
            self.update_single(self.get_valid_dict())
        else:
            self.db_insert(ignore_if_duplicate=ignore_if_duplicate)
        for row in self.get_all_children():
            row.db_insert()

        self.run_method("after_insert")
        self.flags.in_insert = True
        if self.get("amended_from"):
            self.copy_attachments_from_amended_from()
        self.run_post_save_methods()
        self.flags.in_insert = False
        for mark in ("__islocal", "__unsaved"):
            self.__dict__.pop(mark, None)
        return self

    def save(self, *args, **kwargs):
        """Insert or update the document and its rows."""
        return self._save(*args, **kwargs)

    def _save(self, ignore_permissions=None, ignore_version=None):
        if self.flags.in_print:
            return None
        self.flags.notifications_executed = []
        if ignore_permissions is not None:
            self.flags.ignore_permissions = ignore_permissions
        self.flags.ignore_version = frappe.flags.in_test if ignore_version is None else ignore_version
        if self.get("__islocal") or not self.get("name"):
            return self.insert()

        self.check_if_locked()
        self._set_defaults()
        self.check_permission("write")
        self.set_user_and_timestamp()
        self.set_docstatus()
        self.check_if_latest()
        self.set_parent_in_children()
        self.set_name_in_children()
        self.validate_higher_perm_levels()
        self._validate_links()
        self.run_before_save_methods()
        if self._action != "cancel":
            self._validate()
        if self._action == "update_after_submit":
            self.validate_update_after_submit()
        self.set_docstatus()

        if self.meta.issingle:
            self.update_single(self.get_valid_dict())
        else:
            self.db_update()
        self.update_children()
        self.run_post_save_methods()
        self.__dict__.pop("__unsaved", None)
        return self

    def _submit(self):
        self.docstatus = DocStatus.submitted()
        return self.save()

    def _cancel(self):
        self.docstatus = DocStatus.cancelled()
        return self.save()

    @frappe.whitelist()
    def submit(self):
        """Set docstatus 1 and save."""
        return self._submit()

    @frappe.whitelist()
    def cancel(self):
        """Set docstatus 2 and save."""
        return self._cancel()

    @frappe.whitelist()
    def rename(self, name: str, merge=False, force=False, validate_rename=True):
        """Give the document another name, everywhere it is linked."""
        from frappe.model.rename_doc import rename_doc

        self.name = rename_doc(doc=self, new=name, merge=merge, force=force, validate=validate_rename)
        self.reload()

    def delete(self, ignore_permissions=False, force=False, *, delete_permanently=False):
        """Delete the document."""
        return frappe.delete_doc(
            self.doctype,
            self.name,
            ignore_permissions=ignore_permissions,
            flags=self.flags,
            force=force,
            delete_permanently=delete_permanently,
        )

    def db_set(self, fieldname, value=None, update_modified=True, notify=False, commit=False):
        """Write values past the checks; on_change runs."""
        if isinstance(fieldname, dict):
            self.update(fieldname)
        else:
            self.set(fieldname, value)
        if update_modified and (self.doctype, self.name) not in frappe.flags.currently_saving:
            self.set("modified", now())
            self.set("modified_by", frappe.session.user)
        if not self.get_doc_before_save():
            self.load_doc_before_save()
        self.run_method("before_change")
        if self.name is None:
            return
        write = frappe.db.set_value
        target = (self.doctype, self.name)
        if self.meta.issingle:
            write, target = frappe.db.set_single_value, (self.doctype,)
        write(
            *target,
            fieldname,
            value,
            modified=self.modified,
            modified_by=self.modified_by,
            update_modified=update_modified,
        )
        self.run_method("on_change")
        if notify:
            self.notify_update()
        if commit:
            frappe.db.commit()

    def db_get(self, fieldname):
        """Return what the database holds for one field."""
        return frappe.db.get_value(self.doctype, self.name, fieldname)

    # -- steps of a save ----------------------------------------------------------------------------

    def _set_defaults(self):
        if frappe.flags.in_import:
            return
        if self.is_new():
            self.update_if_missing(frappe.new_doc(self.doctype, as_dict=True))
        for df in self.meta.get_table_fields():
            new_rows = [row for row in self.get(df.fieldname) or () if row.is_new()]
            if new_rows:
                template = frappe.new_doc(
                    df.options, parent_doc=self, parentfield=df.fieldname, as_dict=True
                )
                for row in new_rows:
                    row.update_if_missing(template)

    def set_user_and_timestamp(self):
        """Set modified, and owner and creation of a new document and of new rows."""
        self._original_modified = self.modified
        self.modified = now()
        self.modified_by = frappe.session.user
        flags = frappe.flags
        if self.is_new() and not (flags.in_install or flags.in_patch or flags.in_migrate):
            self.creation = self.modified
            self.owner = self.modified_by
        for row in self.get_all_children():
            row.modified = self.modified
            row.modified_by = self.modified_by
            row.owner = row.owner or self.owner
            row.creation = row.creation or self.creation
        flags.currently_saving.append((self.doctype, self.name))

    def set_docstatus(self):
        """Give every row the document's docstatus."""
        self.docstatus = self.docstatus or DocStatus.draft()
        for row in self.get_all_children():
            row.docstatus = self.docstatus

    def check_if_latest(self):
        """Refuse a document that somebody else saved meanwhile, and a docstatus step that is not allowed."""
        self.load_doc_before_save(raise_exception=True)
        self._action = "save"
        previous = self._doc_before_save
        if not previous:
            self.check_docstatus_transition(0)
            return
        if cstr(previous.modified) != cstr(self._original_modified):
            msgprint(
                _("Error: Document has been modified after you have opened it")
                + (f" ({previous.modified}, {self.modified}). ")
                + _("Please refresh to get the latest document."),
                raise_exception=frappe.TimestampMismatchError,
            )
        if not self.meta.issingle:
            self.check_docstatus_transition(previous.docstatus)

    def check_docstatus_transition(self, to_docstatus):
        """Set the action that the step from the stored docstatus means; check its permission."""
        stored, wanted = DocStatus(to_docstatus), self.docstatus
        if stored.is_cancelled():
            raise frappe.ValidationError(_("Cannot edit cancelled document"))
        if wanted not in (0, 1, 2):
            raise frappe.ValidationError(_("Invalid docstatus"), wanted)
        if stored.is_draft() and wanted.is_cancelled():
            raise frappe.DocstatusTransitionError(
                _("Cannot change docstatus from 0 (Draft) to 2 (Cancelled)")
            )
        if stored.is_submitted() and wanted.is_draft():
            raise frappe.DocstatusTransitionError(
                _("Cannot change docstatus from 1 (Submitted) to 0 (Draft)")
            )
        self._action, permission = {
            (0, 0): ("save", None),
            (0, 1): ("submit", "submit"),
            (1, 1): ("update_after_submit", "submit"),
            (1, 2): ("cancel", "cancel"),
        }[int(stored), int(wanted)]
        if permission:
            self.check_permission(permission)

    def set_new_name(self, force=False, set_name=None, set_child_names=True):
        """Name the document and its rows, once."""
        if self.flags.name_set and not force:
            return
        if self.get("__newname") and (self.meta.autoname or "").lower() == "prompt":
            self.name = validate_name(self.doctype, self.get("__newname"))
            self.flags.name_set = True
            return
        if set_name:
            self.name = validate_name(self.doctype, set_name)
        else:
            set_new_name(self)
        if set_child_names:
            for row in self.get_all_children():
                set_new_name(row)
        self.flags.name_set = True

    def set_parent_in_children(self):
        """Make every row point to this document."""
        for row in self.get_all_children():
            row.parent = self.name
            row.parenttype = self.doctype

    def set_name_in_children(self):
        """Name the rows that are new."""
        for row in self.get_all_children():
            if not row.name:
                set_new_name(row)

    def _validate_links(self):
        if self.flags.ignore_links or self._action == "cancel":
            return
        invalid, cancelled = self.get_invalid_links()
        for row in self.get_all_children():
            row_invalid, row_cancelled = row.get_invalid_links(is_submittable=self.meta.is_submittable)
            invalid.extend(row_invalid)
            cancelled.extend(row_cancelled)
        if invalid:
            found = ", ".join(message for _field, _name, message in invalid)
            frappe.throw(_("Could not find {0}").format(found), frappe.LinkValidationError)
        if cancelled:
            found = ", ".join(message for _field, _name, message in cancelled)
            frappe.throw(_("Cannot link cancelled document: {0}").format(found), frappe.CancelledLinkError)

    def run_before_save_methods(self):
        """Run the hooks that belong to the action, before anything is written."""
        self.reset_seen()
        if self._action in ("save", "submit"):
            self.run_method("before_validate")
        if self.flags.ignore_validate:
            return
        for method in {
            "save": ("validate", "before_save"),
            "submit": ("validate", "before_submit"),
            "cancel": ("before_cancel",),
            "update_after_submit": ("before_update_after_submit",),
        }[self._action]:
            self.run_method(method)
        self.set_title_field()

    def run_post_save_methods(self):
        """Run the hooks that belong to the action, keep the version, and forget cached copies."""
        for method in {
            "save": ("on_update",),
            "submit": ("on_update", "on_submit"),
            "cancel": ("on_cancel",),
            "update_after_submit": ("on_update_after_submit",),
        }[self._action]:
            self.run_method(method)
        if self._action == "cancel":
            self.check_no_back_links_exist()
        self.clear_cache()
        if self.flags.get("notify_update", True):
            self.notify_update()
        self.save_version()
        self.run_method("on_change")
        if (self.doctype, self.name) in frappe.flags.currently_saving:
            frappe.flags.currently_saving.remove((self.doctype, self.name))

    def _validate(self):
        self._validate_mandatory()
        self._validate_fields()
        self.validate_workflow()
        for row in self.get_all_children():
            row._validate_fields()
        if self.is_new():
            for fieldname in optional_fields:
                self.set(fieldname, None)
        else:
            self.validate_set_only_once()

    def _validate_fields(self):
        self._validate_data_fields()
        self._validate_selects()
        self._validate_non_negative()
        self._validate_length()
        self._fix_rating_value()
        self._validate_code_fields()
        self._sync_autoname_field()
        self._sanitize_content()
        self._save_passwords()

    def _validate_mandatory(self):
        if self.flags.ignore_mandatory:
            return
        missing = self._get_missing_mandatory_fields()
        for row in self.get_all_children():
            missing.extend(row._get_missing_mandatory_fields())
        if not missing:
            return
        for _fieldname, message in missing:
            msgprint(message)
        fields = ", ".join(fieldname for fieldname, _message in missing)
        raise frappe.MandatoryError(f"[{self.doctype}, {self.name}]: {fields}")

    def validate_workflow(self):
        """Check the workflow state, and set the one that submit or cancel implies."""
        if frappe.flags.in_install == "frappe":
            return
        if workflow := self.meta.get_workflow():
            validate_workflow(self)
            if self._action != "save":
                set_workflow_state_on_action(self, workflow, self._action)

    def validate_set_only_once(self):
        """Refuse another value in fields that are set once; owner and creation are such fields."""
        previous = self._doc_before_save
        if not previous:
            return
        for df in self.meta.get_set_only_once_fields():
            old, new = previous.get(df.fieldname), self.get(df.fieldname)
            if df.fieldtype in table_fields:
                is_changed = not self.is_child_table_same(df.fieldname)
            elif df.fieldtype in ("Date", "Datetime", "Time"):
                is_changed = str(new) != str(old)
            else:
                is_changed = new != old
            if is_changed:
                frappe.throw(
                    _("Value cannot be changed for {0}").format(
                        frappe.bold(self.meta.get_label(df.fieldname))
                    ),
                    exc=frappe.CannotChangeConstantError,
                )

    def is_child_table_same(self, fieldname):
        """Tell whether a table holds the same rows as before this save."""

        def content(rows):
            out = [row.as_dict(convert_dates_to_str=True) for row in rows]
            for row in out:
                for key in ("modified", "modified_by", "creation"):
                    del row[key]
            return out

        return content(self.get(fieldname)) == content(self._doc_before_save.get(fieldname))

    def validate_update_after_submit(self):
        """Refuse changes that a submitted document does not allow."""
        if self.flags.ignore_validate_update_after_submit:
            return
        stored = self._doc_before_save
        self._validate_update_after_submit(stored)
        stored_rows = {(row.doctype, row.name): row for row in stored.get_all_children()}
        for row in self.get_all_children():
            if row.is_new() and self.meta.get_field(row.parentfield).allow_on_submit:
                continue
            row._validate_update_after_submit(stored_rows.get((row.doctype, row.name)))

    def update_children(self):
        """Delete the rows that are no longer in the document, write the others."""
        for df in self.meta.get_table_fields():
            self.update_child_table(df.fieldname, df)

    def update_child_table(self, fieldname, df=None):
        """Bring one table field's rows into the database."""
        df = df or self.meta.get_field(fieldname)
        rows = self.get(df.fieldname)
        if df.options not in (self.flags.ignore_children_type or ()):
            table = frappe.qb.DocType(df.options)
            query = (
                frappe.qb.from_(table)
                .where(table.parent == self.name)
                .where(table.parenttype == self.doctype)
                .where(table.parentfield == fieldname)
                .delete()
            )
            if kept := [row.name for row in rows if row.name and not row.is_new()]:
                query = query.where(table.name.notin(kept))
            query.run()
        for row in rows:
            row.db_update()

    def update_single(self, values):
        """Write the values of a Single to `tabSingles`."""
        frappe.db.delete("Singles", {"doctype": self.doctype})
        for field, value in values.items():
            if field != "doctype":
                frappe.db.sql(
                    "INSERT INTO `tabSingles` (`doctype`, `field`, `value`) VALUES (%s, %s, %s)",
                    (self.doctype, field, value),
                )
        frappe.db.value_cache.pop(self.doctype, None)

    def check_no_back_links_exist(self):
        """Refuse to cancel while submitted documents link here."""
        from frappe.model.delete_doc import check_if_doc_is_dynamically_linked, check_if_doc_is_linked

        if not self.flags.ignore_links:
            check_if_doc_is_linked(self, method="Cancel")
            check_if_doc_is_dynamically_linked(self, method="Cancel")

    def save_version(self):
        """Keep what this save changed, where the DocType tracks changes."""
        if (
            not self.meta.track_changes
            or self.doctype == "Version"
            or self.flags.ignore_version
            or frappe.flags.in_install
            or (not self._doc_before_save and frappe.flags.in_patch)
        ):
            return
        previous = self._doc_before_save
        if not previous and (amended_from := self.get("amended_from")):
            previous = frappe.get_doc(self.doctype, amended_from)
        version = frappe.new_doc("Version")
        if version.update_version_info(previous, self):
            version.insert(ignore_permissions=True)

    def copy_attachments_from_amended_from(self):
        """Attach the amended document's files to this one."""
        for file in frappe.get_all(
            "File",
            filters={"attached_to_doctype": self.doctype, "attached_to_name": self.amended_from},
            fields=["file_url", "file_name", "is_private"],
        ):
            frappe.get_doc(
                {
                    **file,
                    "doctype": "File",
                    "attached_to_doctype": self.doctype,
                    "attached_to_name": self.name,
                    "folder": "Home/Attachments",
                }
            ).save()

    def set_title_field(self):
        """Fill `title` from its pattern."""
        if self.meta.get("title_field") != "title" or not self.meta.has_field("title"):
            return
        df = self.meta.get_field("title")
        pattern = df.options
        if not pattern and self.is_new() and not self.get("title"):
            pattern = df.default
        if pattern:
            values = {key: "" if value is None else value for key, value in self.as_dict().items()}
            self.set("title", pattern.format(**values))

    # -- hooks ----------------------------------------------------------------------------------------

    def run_method(self, method, *args, **kwargs):
        """Run the controller's method, then the hooks of the apps, then notifications.

        Dicts that they return are merged; otherwise the last value counts.
        """
        result = None
        own = getattr(self, method, None)
        if callable(own):
            result = own(*args, **kwargs)
        events = frappe.get_doc_hooks()
        for doctype in (self.doctype, "*"):
            for handler in events.get(doctype, {}).get(method, ()):
                value = frappe.get_attr(handler)(self, method, *args, **kwargs)
                if isinstance(value, dict) and isinstance(result, dict):
                    result.update(value)
                elif value is not None:
                    result = value
        self.run_notifications(method)
        return result

    run_trigger = run_method

    def run_notifications(self, method):
        """Send the notifications that wait for this event of this DocType."""
        flags = frappe.flags
        if (flags.in_import and flags.mute_emails) or flags.in_patch or flags.in_install:
            return
        from frappe.email.doctype.notification.notification import run_notifications

        run_notifications(self, method)

    def is_whitelisted(self, method_name):
        """Raise unless the method may be called from outside."""
        method = getattr(self, method_name, None)
        if not method:
            raise NotFound(f"Method {method_name} not found")
        is_whitelisted(getattr(method, "__func__", method))

    def get_all_children(self, parenttype=None):
        """Return the rows of all tables, or of those whose rows are of one DocType."""
        return [
            row
            for df in self.meta.get_table_fields()
            if not parenttype or df.options == parenttype
            for row in self.get(df.fieldname) or ()
        ]

    # -- helpers for controllers ------------------------------------------------------------------------

    def validate_value(self, fieldname, condition, val2, doc=None, raise_exception=None):
        """Raise unless the field's value meets the condition."""
        doc = doc or self
        val2 = doc.cast(val2, doc.meta.get_field(fieldname))
        if compare(doc.get_value(fieldname), condition, val2):
            return
        label = doc.meta.get_label(fieldname)
        prefix = _("Incorrect value in row {0}:").format(doc.idx) if doc.get("parentfield") else _("Incorrect value:")
        wording = {
            "in": _("{0} must be one of {1}"),
            "not in": _("{0} must be none of {1}"),
            "^": _("{0} must be beginning with '{1}'"),
            "=": _("{0} must be equal to '{1}'"),
        }
        text = wording[condition].format(label, val2) if condition in wording else f"{label} must be {condition} {val2}"
        msgprint(prefix + text, raise_exception=raise_exception or True)

    def validate_table_has_rows(self, parentfield, raise_exception=None):
        """Raise when a table has no row."""
        if not self.get(parentfield):
            label = self.meta.get_label(parentfield)
            frappe.throw(
                _("Table {0} cannot be empty").format(label), raise_exception or frappe.EmptyTableError
            )

    def validate_from_to_dates(self, from_date_field, to_date_field):
        """Raise when the second date is before the first."""
        start, end = self.get(from_date_field), self.get(to_date_field)
        if start and end and date_diff(end, start) < 0:
            frappe.throw(
                _("{0} must be after {1}").format(
                    frappe.bold(_(self.meta.get_label(to_date_field))),
                    frappe.bold(_(self.meta.get_label(from_date_field))),
                ),
                frappe.exceptions.InvalidDates,
            )

    def round_floats_in(self, doc, fieldnames=None):
        """Round number fields to their precision."""
        for fieldname in fieldnames or [
            df.fieldname for df in doc.meta.get_fields_of_type("Currency", "Float", "Percent")
        ]:
            digits = self.precision(fieldname, doc.get("parentfield"))
            doc.set(fieldname, flt(doc.get(fieldname), digits))

    def get_title(self):
        """Return the value of the title field."""
        return self.get(self.meta.get_title_field()) or ""

    def get_url(self):
        """Return the desk's address of this document."""
        return get_absolute_url(self.doctype, self.name)

    @frappe.whitelist()
    def add_comment(self, comment_type="Comment", text=None, comment_email=None, comment_by=None):
        """Add a comment to this document and return it."""
        return frappe.get_doc(
            {
                "doctype": "Comment",
                "comment_type": comment_type,
                "comment_email": comment_email or frappe.session.user,
                "comment_by": comment_by,
                "reference_doctype": self.doctype,
                "reference_name": self.name,
                "content": text or comment_type,
            }
        ).insert(ignore_permissions=True)

    def add_viewed(self, user=None, force=False, unique_views=False):
        """Log that a user looked at this document."""
        seen = {
            "reference_doctype": self.doctype,
            "reference_name": self.name,
            "viewed_by": user or frappe.session.user,
        }
        if unique_views and frappe.db.exists("View Log", seen):
            return None
        if not (self.meta.track_views or force):
            return None
        log = frappe.get_doc({"doctype": "View Log", **seen}).insert(ignore_permissions=True)
        frappe.local.flags.commit = True
        return log

    def reset_seen(self):
        """Whoever saves has seen the document, and nobody else has."""
        if self.meta.track_seen and not self.meta.issingle and not self.is_new():
            seen = json.dumps([frappe.session.user])
            frappe.db.set_value(self.doctype, self.name, "_seen", seen, update_modified=False)

    def get_assigned_users(self):
        """Return the users that have an open or closed task for this document."""
        filters = {
            "reference_type": self.doctype,
            "reference_name": self.name,
            "status": ("!=", "Cancelled"),
        }
        return set(frappe.get_all("ToDo", filters=filters, pluck="allocated_to"))

    def log_error(self, title=None, message=None):
        """Write an Error Log that names this document."""
        return frappe.log_error(
            message=message, title=title, reference_doctype=self.doctype, reference_name=self.name
        )

    def clear_cache(self):
        """Forget cached copies of this document."""
        frappe.clear_document_cache(self.doctype, self.name)

    def notify_update(self):
        """Tell open screens that the document changed."""
        if not frappe.flags.in_patch:
            message = {"modified": self.modified, "doctype": self.doctype, "name": self.name}
            frappe.publish_realtime(
                "doc_update", message, doctype=self.doctype, docname=self.name, after_commit=True
            )

    def set_onload(self, key, value):
        """Keep a value that travels with the document to the form."""
        if not self.get("__onload"):
            self.set("__onload", frappe._dict())
        self.get("__onload")[key] = value

    def get_onload(self, key=None):
        """Return values kept by `set_onload`."""
        onload = self.get("__onload", frappe._dict())
        return onload[key] if key else onload

    # -- locks and background actions ---------------------------------------------------------------------

    def get_signature(self):
        """Return the hash that names this document's lock file."""
        return hashlib.sha224(f"{self.doctype}:{self.name}".encode(), usedforsecurity=False).hexdigest()

    @property
    def is_locked(self):
        return file_lock.lock_exists(self.get_signature())

    def check_if_locked(self):
        """Raise while a background action holds the document."""
        if self.creation and self.is_locked:
            raise frappe.DocumentLockedError

    def lock(self, timeout=None):
        """Hold the document until `unlock` or the end of the request; wait up to `timeout` seconds."""
        signature = self.get_signature()
        for _second in range(timeout or 0):
            if not file_lock.lock_exists(signature):
                break
            time.sleep(1)
        if file_lock.lock_exists(signature):
            if file_lock.lock_age(signature) <= LOCK_EXPIRES_AFTER:
                raise frappe.DocumentLockedError
            file_lock.delete_lock(signature)
        file_lock.create_lock(signature)
        frappe.local.locked_documents.append(self)

    def unlock(self):
        """Let go of the document."""
        file_lock.delete_lock(self.get_signature())
        if self in frappe.local.locked_documents:
            frappe.local.locked_documents.remove(self)

    def queue_action(self, action, **kwargs):
        """Run a method of this document in the background; the document is locked until then."""
        if hasattr(self, f"_{action}"):
            action = f"_{action}"
        try:
            self.lock()
        except frappe.DocumentLockedError:
            frappe.throw(
                _("This document is currently locked and queued for execution. Please try again after some time."),
                title=_("Document Queued"),
            )
        return frappe.enqueue(
            "frappe.model.document.execute_action",
            __doctype=self.doctype,
            __name=self.name,
            __action=action,
            enqueue_after_commit=kwargs.pop("enqueue_after_commit", True),
            **kwargs,
        )

    def __repr__(self):
        docstatus = f" docstatus={self.docstatus}" if self.docstatus else ""
        parent = f" parent={self.parent}" if getattr(self, "parent", None) else ""
        return f"<{type(self).__name__}: {self.name or 'unsaved'}{docstatus}{parent}>"

    def __str__(self):
        return f"{type(self).__name__}({self.name or 'unsaved'})"


def execute_action(__doctype, __name, __action, **kwargs):
    """Run a queued action; a failure becomes a comment on the document."""
    doc = frappe.get_doc(__doctype, __name)
    doc.unlock()
    try:
        getattr(doc, __action)(**kwargs)
    except Exception:
        frappe.db.rollback()
        reason = (
            frappe.message_log[-1].get("message")
            if frappe.message_log
            else f"<pre><code>{frappe.get_traceback()}</code></pre>"
        )
        doc.add_comment("Comment", f"{_('Action Failed')}<br><br>{reason}")
    doc.notify_update()
