"""Frappe's exception names with the HTTP status each one answers with."""


class NotSupported(NotImplementedError, ImportError):
    """A Frappe name that this bench does not offer; the message names it."""

    def __init__(self, message: str, name: str | None = None):
        ImportError.__init__(self, message, name=name)


class Redirect(Exception):
    def __init__(self, http_status_code: int = 301):
        super().__init__(http_status_code)
        self.http_status_code = http_status_code


def _define(base: type, names: str, **attributes) -> None:
    for name in names.split():
        globals()[name] = type(name, (base,), {"__module__": __name__, **attributes})


_define(Exception, "ValidationError", http_status_code=417)
_define(TypeError, "FrappeTypeError", http_status_code=417)
_define(Exception, "CSRFTokenError", http_status_code=400)
_define(Exception, "AuthenticationError SessionExpired", http_status_code=401)
_define(Exception, "PermissionError", http_status_code=403)
_define(Exception, "NameError", http_status_code=409)
_define(Exception, "UnsupportedMediaType", http_status_code=415)
_define(Exception, "TooManyRequestsError", http_status_code=429)
_define(Exception, "SessionStopped", http_status_code=503)
_define(
    Exception,
    "QueryDeadlockError QueryTimeoutError RetryBackgroundJobError SecurityException TooManyWritesError"
    " FileAlreadyAttachedException",
)
_define(FileNotFoundError, "InvalidRoundingMethod")

ValidationError, NameError = globals()["ValidationError"], globals()["NameError"]
_define(ValidationError, "InvalidKeyError", http_status_code=401)
_define(ValidationError, "DoesNotExistError PageDoesNotExistError IncorrectSitePath", http_status_code=404)
_define(ValidationError, "LinkExpired", http_status_code=410)
_define(ValidationError, "RateLimitExceededError", http_status_code=429)
_define(ValidationError, "InReadOnlyMode", http_status_code=503)
_define(NameError, "DuplicateEntryError")
_define(
    ValidationError,
    "AppNotInstalledError AttachmentLimitReached CannotChangeConstantError CharacterLengthExceededError"
    " CircularLinkingError DataError DataTooLongException DocstatusTransitionError DocumentAlreadyRestored"
    " DocumentLockedError EmptyTableError ImplicitCommitError IncompatibleApp InvalidColumnName InvalidDates"
    " InvalidEmailAddressError InvalidNameError InvalidPhoneNumberError InvalidStatusError LinkExistsError"
    " LinkValidationError MandatoryError MappingMismatchError NonNegativeError PrintFormatError"
    " TemplateNotFoundError TimestampMismatchError UniqueValidationError UpdateAfterSubmitError",
)
_define(globals()["LinkValidationError"], "CancelledLinkError")
_define(globals()["CSRFTokenError"], "InvalidAuthorizationHeader InvalidAuthorizationToken")
