"""Small things both query engines use."""

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"
EmptyQueryValues = object()  # no values were given, so `%` stands for itself
