"""Errors of comparing tenants."""

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class CompareError(SafeError):
    """Base of the errors that a user can act on."""


class InvalidRuleError(CompareError):
    """`problem` is a text of compare/rules.py."""

    code = "invalid_rule"
    template = _("Invalid rule: %(problem)s")
    translated = ("problem",)

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


class DuplicateRuleError(CompareError):
    code = "duplicate_rule"
    template = _("This rule exists already")


class TooManyRulesError(CompareError):
    code = "too_many_rules"
    template = _("At most %(most)s rules are possible for two customers. Delete one first.")


class SameCustomerError(CompareError):
    code = "same_customer"
    template = _("Choose two different customers")


class LinkTakenError(CompareError):
    code = "link_taken"
    template = _("One of these workflows is linked already. Remove that link first.")


class NotAPairError(CompareError):
    """One of the workflows is not of these customers, or deleted."""

    code = "not_a_pair"
    template = _("Link a workflow of each of the two customers")
