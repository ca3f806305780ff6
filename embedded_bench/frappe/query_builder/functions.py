"""SQL functions for `frappe.qb`: PyPika's and MariaDB's."""

from frappe.query_builder.custom import GROUP_CONCAT as GroupConcat  # noqa: F401
from pypika.functions import *  # noqa: F403
from pypika.functions import Cast
from pypika.terms import CustomFunction, Function, Term

CombineDatetime = CustomFunction("TIMESTAMP", ["date", "time"])
DateFormat = CustomFunction("DATE_FORMAT", ["date", "format"])
UnixTimestamp = CustomFunction("unix_timestamp", ["date"])
DateDiff = CustomFunction("DATEDIFF", ["first", "second"])
Quarter = CustomFunction("QUARTER", ["date"])
Month = CustomFunction("MONTH", ["date"])
Year = CustomFunction("YEAR", ["date"])


class Concat_ws(Function):
    def __init__(self, *terms, **kwargs):
        super().__init__("CONCAT_WS", *terms, **kwargs)


class Locate(Function):
    def __init__(self, *terms, **kwargs):
        super().__init__("LOCATE", *terms, **kwargs)


class Timestamp(Function):
    def __init__(self, *terms, alias=None):
        super().__init__("TIMESTAMP", *terms, alias=alias)


class Round(Function):
    def __init__(self, term, decimal=0, **kwargs):
        super().__init__("ROUND", term, decimal, **kwargs)


class Truncate(Function):
    def __init__(self, term, decimal, **kwargs):
        super().__init__("TRUNCATE", term, decimal, **kwargs)


class Cast_(Cast):
    """A cast; to `varchar` as MariaDB does it, by joining an empty text."""

    def __new__(cls, value, as_type, alias=None) -> Term:
        if str(as_type).lower() == "varchar":
            return Function("CONCAT", value, "", alias=alias)
        return super().__new__(cls)
