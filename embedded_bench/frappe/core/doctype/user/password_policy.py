"""Which passwords are too weak: a plain rule in place of Frappe's dictionary-based score."""

from frappe import _

MINIMUM_LENGTH = 8
COMMON = ("password", "12345678", "qwertyui", "11111111", "abcdefgh", "letmein1", "admin123", "welcome1")


def explain_weakness(password, personal=()):
    """Return why a password is too weak, "" when it is not."""
    lowered = password.lower()
    if len(password) < MINIMUM_LENGTH:
        return _("The password needs at least {0} characters.").format(MINIMUM_LENGTH)
    if not (any(c.isdigit() for c in password) and any(c.isalpha() for c in password)):
        return _("The password needs letters and digits.")
    if len(set(lowered)) < 4 or any(word in lowered for word in COMMON):
        return _("The password is too easy to guess.")
    if any(word and len(word) > 3 and word.lower() in lowered for word in personal):
        return _("The password must not contain your name or address.")
    return ""
