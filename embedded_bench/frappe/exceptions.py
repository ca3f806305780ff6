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
_define(Exception, "CSRFTokenError InvalidAuthorizationToken", http_status_code=400)
_define(Exception, "AuthenticationError", http_status_code=401)
_define(Exception, "PermissionError", http_status_code=403)
_define(Exception, "NameError", http_status_code=409)
_define(Exception, "TooManyRequestsError", http_status_code=429)
_define(Exception, "QueryDeadlockError QueryTimeoutError RetryBackgroundJobError")

ValidationError, NameError = globals()["ValidationError"], globals()["NameError"]
_define(ValidationError, "DoesNotExistError PageDoesNotExistError IncorrectSitePath", http_status_code=404)
_define(NameError, "DuplicateEntryError")
_REFUSALS = """AppNotInstalledError CannotChangeConstantError CharacterLengthExceededError DataError
    DocstatusTransitionError ImplicitCommitError InvalidColumnName InvalidEmailAddressError InvalidPhoneNumberError
    LinkExistsError LinkValidationError MandatoryError NonNegativeError TimestampMismatchError
    UniqueValidationError UpdateAfterSubmitError"""
_define(ValidationError, _REFUSALS)
_define(globals()["LinkValidationError"], "CancelledLinkError")
