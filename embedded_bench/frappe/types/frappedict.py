"""`_dict`: a dict whose keys read as attributes."""


class _dict(dict):
    """A dict with attribute access; a missing key reads as None."""

    __slots__ = ()
    __getattr__ = dict.get
    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__

    def __setstate__(self, state):
        dict.update(self, state)

    def __getstate__(self):
        return self

    def update(self, *args, **kwargs):
        """Update in place and return self, so that calls chain."""
        super().update(*args, **kwargs)
        return self

    def copy(self):
        return _dict(self)
