"""Type hints of whitelisted functions are checked, and values converted, before the call."""

import functools
import inspect
from typing import ForwardRef, Union

import pydantic
from frappe.exceptions import FrappeTypeError


def _type_name(value) -> str:
    cls = value if inspect.isclass(value) else type(value)
    if cls.__module__ in ("typing", "types"):
        return str(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


@functools.lru_cache(maxsize=2048)
def _adapter(hint):
    return pydantic.TypeAdapter(hint, config=pydantic.ConfigDict(arbitrary_types_allowed=True))


def _accepted(hint, default):
    """Return the hint widened by the type of the default; Check values count as booleans."""
    hint = Union[int, bool, float] if hint is bool else hint  # noqa: UP007 - also for Python 3.10
    return hint if default is inspect.Parameter.empty else Union[hint, type(default)]  # noqa: UP007


def _is_forward(hint) -> bool:
    return any(isinstance(part, (str, ForwardRef)) for part in (hint, *getattr(hint, "__args__", ())))


def transform_parameter_types(func, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """Return the arguments converted to the function's type hints; what does not fit is refused."""
    signature = inspect.signature(func)
    given = signature.bind_partial(*args, **kwargs)
    for name, hint in getattr(func, "__annotations__", {}).items():
        if name not in given.arguments or _is_forward(hint):
            continue
        value, default = given.arguments[name], signature.parameters[name].default
        try:
            given.arguments[name] = _adapter(_accepted(hint, default)).validate_python(value)
        except (TypeError, pydantic.ValidationError) as error:
            wanted, found = _type_name(hint), _type_name(value)
            message = f"Argument '{name}' should be of type '{wanted}' but got '{found}' instead."
            raise FrappeTypeError(message) from error
    return given.args, given.kwargs


def validate_argument_types(func, apply_condition=lambda: True):
    """Wrap a function so that its arguments are checked against its type hints."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        if apply_condition():
            args, kwargs = transform_parameter_types(func, args, kwargs)
        return func(*args, **kwargs)

    return wrapper
