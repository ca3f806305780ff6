"""Terms that PyPika does not have."""

from pypika.functions import DistinctOptionFunction
from pypika.terms import Function, Term
from pypika.utils import format_alias_sql, format_quotes


class GROUP_CONCAT(DistinctOptionFunction):
    """All values of a group as one text."""

    def __init__(self, column: str, alias: str | None = None):
        super().__init__("GROUP_CONCAT", column, alias=alias)


class MonthName(Function):
    def __init__(self, *args, **kwargs):
        super().__init__("MONTHNAME", *args, **kwargs)


class ConstantColumn(Term):
    """A column with one value in every row."""

    alias = None

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = value

    def get_sql(self, quote_char: str | None = None, **kwargs) -> str:
        text = format_quotes(str(self.value).replace("'", "''"), kwargs.get("secondary_quote_char") or "'")
        return format_alias_sql(text, self.alias or str(self.value), quote_char=quote_char, **kwargs)
