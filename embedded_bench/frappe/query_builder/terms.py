"""Values of a query travel as parameters, never inside its text."""

from enum import Enum

from pypika import terms
from pypika.terms import Function, ValueWrapper
from pypika.utils import format_alias_sql


class NamedParameterWrapper:
    """Collects the values of one query under the names it gives them."""

    def __init__(self):
        self.parameters = {}

    def get_sql(self, value) -> str:
        name = f"param{len(self.parameters) + 1}"
        self.parameters[name] = value
        return f"%({name})s"

    def get_parameters(self) -> dict:
        return self.parameters


class ParameterizedValueWrapper(ValueWrapper):
    """A constant that becomes a parameter when the query is run."""

    def get_sql(self, quote_char=None, secondary_quote_char="'", param_wrapper=None, **kwargs) -> str:
        if param_wrapper is None or isinstance(self.value, terms.Term):
            return super().get_sql(quote_char=quote_char, secondary_quote_char=secondary_quote_char, **kwargs)
        value = self.value.value if isinstance(self.value, Enum) else self.value
        sql = param_wrapper.get_sql(int(value) if isinstance(value, bool) else value)
        return format_alias_sql(sql, self.alias, quote_char=quote_char, **kwargs)


def _function_sql(self, **kwargs) -> str:
    """Pass the parameter collector on to a function's arguments, which PyPika does not."""
    with_alias, quote_char = kwargs.pop("with_alias", False), kwargs.get("quote_char")
    kwargs.setdefault("with_namespace", False)
    sql = self.get_function_sql(**kwargs)
    if self.schema is not None:
        sql = f"{self.schema.get_sql(quote_char=quote_char)}.{sql}"
    return format_alias_sql(sql, self.alias, **kwargs) if with_alias else sql


def _function_body(self, **kwargs) -> str:
    kwargs.pop("subquery", None)
    arguments = ",".join(
        argument.get_sql(with_alias=False, subquery=True, **kwargs)
        if hasattr(argument, "get_sql")
        else str(argument)
        for argument in self.args
    )
    special = self.get_special_params_sql(**kwargs)
    return f"{self.name}({arguments}{' ' + special if special else ''})"


terms.ValueWrapper = ParameterizedValueWrapper
Function.get_sql = _function_sql
Function.get_function_sql = _function_body
