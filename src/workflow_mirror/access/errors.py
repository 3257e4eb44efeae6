"""Errors about user accounts. Every message is one line for the user."""

from collections.abc import Iterable

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class AccountError(SafeError):
    """Base of all."""


class UnknownUserError(AccountError):
    code = "unknown_user"
    template = _("There is no user %(name)r; see zwm users list")


class UserExistsError(AccountError):
    code = "user_exists"
    template = _("There is a user %(name)r already")


class UnknownGroupError(AccountError):
    code = "unknown_group"
    template = _("There is no group %(names)s")

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names=", ".join(repr(name) for name in names))


class InvalidUserError(AccountError):
    """A username, email address or password that is not allowed; Django's text says why."""

    def __init__(self, reasons: Iterable[str]) -> None:
        super().__init__(" ".join(reasons))
