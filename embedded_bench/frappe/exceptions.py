"""Frappe's exception names with the HTTP status each one answers with."""

from werkzeug.exceptions import NotFound


class NotSupported(NotImplementedError, ImportError):
    """A Frappe name that this bench does not offer; the message names it."""

    def __init__(self, message: str, name: str | None = None):
        ImportError.__init__(self, message, name=name)


def unsupported(module: str):
    """Return a module level ``__getattr__`` that raises `NotSupported` for unknown names of `module`."""

    def __getattr__(name: str):
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise NotSupported(f"{module}.{name} is not supported by the embedded bench")

    return __getattr__


class SiteNotSpecifiedError(Exception): ...


class UrlSchemeNotSupported(Exception): ...


class ValidationError(Exception):
    http_status_code = 417


class FrappeTypeError(TypeError):
    http_status_code = 417


class AuthenticationError(Exception):
    http_status_code = 401


class SessionExpired(Exception):
    http_status_code = 401


class PermissionError(Exception):
    http_status_code = 403


class DoesNotExistError(ValidationError):
    http_status_code = 404


class PageDoesNotExistError(ValidationError):
    http_status_code = 404


class NameError(Exception):
    http_status_code = 409


class OutgoingEmailError(Exception):
    http_status_code = 501


class SessionStopped(Exception):
    http_status_code = 503


class UnsupportedMediaType(Exception):
    http_status_code = 415


class Redirect(Exception):
    def __init__(self, http_status_code: int = 301):
        super().__init__(http_status_code)
        self.http_status_code = http_status_code


class CSRFTokenError(Exception):
    http_status_code = 400


class TooManyRequestsError(Exception):
    http_status_code = 429


class DuplicateEntryError(NameError): ...


class DataError(ValidationError): ...


class MappingMismatchError(ValidationError): ...


class InvalidStatusError(ValidationError): ...


class MandatoryError(ValidationError): ...


class NonNegativeError(ValidationError): ...


class RateLimitExceededError(ValidationError):
    http_status_code = 429


class CannotChangeConstantError(ValidationError): ...


class CharacterLengthExceededError(ValidationError): ...


class UpdateAfterSubmitError(ValidationError): ...


class LinkValidationError(ValidationError): ...


class CancelledLinkError(LinkValidationError): ...


class DocstatusTransitionError(ValidationError): ...


class TimestampMismatchError(ValidationError): ...


class EmptyTableError(ValidationError): ...


class LinkExistsError(ValidationError): ...


class InvalidEmailAddressError(ValidationError): ...


class InvalidNameError(ValidationError): ...


class InvalidPhoneNumberError(ValidationError): ...


class TemplateNotFoundError(ValidationError): ...


class UniqueValidationError(ValidationError): ...


class AppNotInstalledError(ValidationError): ...


class IncorrectSitePath(NotFound): ...


class ImplicitCommitError(ValidationError): ...


class RetryBackgroundJobError(Exception): ...


class DocumentLockedError(ValidationError): ...


class CircularLinkingError(ValidationError): ...


class SecurityException(Exception): ...


class InvalidColumnName(ValidationError): ...


class IncompatibleApp(ValidationError): ...


class InvalidDates(ValidationError): ...


class DataTooLongException(ValidationError): ...


class FileAlreadyAttachedException(Exception): ...


class AttachmentLimitReached(ValidationError): ...


class QueryTimeoutError(Exception): ...


class QueryDeadlockError(Exception): ...


class InReadOnlyMode(ValidationError):
    http_status_code = 503


class SessionBootFailed(ValidationError):
    http_status_code = 500


class PrintFormatError(ValidationError): ...


class TooManyWritesError(Exception): ...


class InvalidAuthorizationHeader(CSRFTokenError): ...


class InvalidAuthorizationToken(CSRFTokenError): ...


class ExecutableNotFound(FileNotFoundError): ...


class InvalidRoundingMethod(FileNotFoundError): ...


class LinkExpired(ValidationError):
    http_status_code = 410


class InvalidKeyError(ValidationError):
    http_status_code = 401
