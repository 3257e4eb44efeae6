"""States and kinds of rules, for pages."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from workflow_mirror.compare.result import (
    AMBIGUOUS,
    DIFFERENT,
    ONLY_IN_SOURCE,
    ONLY_IN_TARGET,
    SAME,
    Row,
    text_of,
)

LABELS: dict[str | None, str | Promise] = {
    SAME: _("Same"),
    DIFFERENT: _("Different"),
    ONLY_IN_SOURCE: _("Only in source"),
    ONLY_IN_TARGET: _("Only in target"),
    AMBIGUOUS: _("Ambiguous"),
    None: _("Not compared yet"),
}
VARIANTS: dict[str | None, str] = {
    SAME: "success",
    DIFFERENT: "warning",
    ONLY_IN_SOURCE: "info",
    ONLY_IN_TARGET: "info",
    AMBIGUOUS: "danger",
    None: "default",
}


def told(row: Row[Any]) -> str:
    return text_of(row, gettext, ngettext)
