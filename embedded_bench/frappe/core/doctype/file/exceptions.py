"""Why a file is refused."""

import frappe


class MaxFileSizeReachedError(frappe.ValidationError):
    """The file is larger than the site takes."""

    http_status_code = 413


class AttachmentLimitReached(frappe.ValidationError):
    """The document has as many files as its DocType takes."""


class FileTypeNotAllowed(frappe.ValidationError):
    """The site takes no files of this type."""
