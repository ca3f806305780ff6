"""SQL functions for `frappe.qb`: PyPika's and MariaDB's."""

from pypika.functions import *  # noqa: F403
from pypika.functions import DistinctOptionFunction
from pypika.terms import CustomFunction, Function

DateFormat = CustomFunction("DATE_FORMAT", ["date", "format"])


class GroupConcat(DistinctOptionFunction):
    def __init__(self, column, alias: str | None = None):
        super().__init__("GROUP_CONCAT", column, alias=alias)


class Round(Function):
    def __init__(self, term, decimal=0, **kwargs):
        super().__init__("ROUND", term, decimal, **kwargs)
