"""The one place where every save of every door is judged."""


def enforce(doc, event, *args):
    """Judge `doc` at `event`."""
