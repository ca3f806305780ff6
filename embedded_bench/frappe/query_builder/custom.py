"""Terms that PyPika does not have."""

from pypika.terms import Term
from pypika.utils import format_alias_sql


class ConstantColumn(Term):
    """A column with one value in every row."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = str(value)

    def get_sql(self, quote_char: str | None = None, **kwargs) -> str:
        text = "'" + self.value.replace("\\", "\\\\").replace("'", "''") + "'"
        return format_alias_sql(text, self.alias or self.value, quote_char=quote_char, **kwargs)
