"""Errors of the search. A command tells them before Django is set up, so nothing else is loaded."""

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class SearchTooSlowError(SafeError):
    code = "search_too_slow"
    template = _(
        "The search was stopped after %(seconds)d seconds. Narrow it: add a customer, a type or a"
        " longer word"
    )
