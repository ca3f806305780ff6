"""Small things both query engines use."""

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"
FallBackDateTimeStr = "0001-01-01 00:00:00.000000"
EmptyQueryValues = object()  # no values were given, so `%` stands for itself
