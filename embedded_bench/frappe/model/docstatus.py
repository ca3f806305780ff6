"""The state of a document in its life: draft, submitted or cancelled."""


class DocStatus(int):
    """0 draft, 1 submitted, 2 cancelled; an int everywhere an int is expected."""

    def is_draft(self):
        return self == 0

    def is_submitted(self):
        return self == 1

    def is_cancelled(self):
        return self == 2
