"""Warnings about an export, each with a code and facts.

Real exports break many rules of Zuora's own linter; a mirror stores them all and only reports.
The warnings of `export_warnings` are stored with the export; those that the graph counts are found
when it is drawn. Every text is made here, in the language of the thread.
"""

from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, override

from workflow_mirror.workflows.export_checks import (
    EXPORT_TEXTS,
    Warned,
    characters_replaced,
    export_warnings,
)
from workflow_mirror.workflows.masking import masked_value

GraphWarning = Literal[
    "nothing_exported",
    "no_tasks",
    "no_linkages",
    "unreadable_linkages",
    "missing_tasks",
    "duplicate_linkages",
    "loose_tasks",
    "unknown_families",
    "cycles",
]
"""What the graph counts; the fact is `n`, how often."""


__all__ = [
    "GraphWarning",
    "Warned",
    "characters_replaced",
    "export_warnings",
    "warning_text",
    "warning_texts_in_english",
]

_TEXTS: dict[str, Promise | str] = {
    **{code: _(text) for code, text in EXPORT_TEXTS.items()},
    "other": "%(text)s",  # stored as a text once, by a version that knew no codes
    # Of the graph
    "nothing_exported": _("No export yet."),
    "no_tasks": _("The export has no tasks."),
    "no_linkages": _("The export has no links between tasks."),
    "unreadable_linkages": ngettext_lazy(
        "%(n)s link is unreadable.", "%(n)s links are unreadable.", "n"
    ),
    "missing_tasks": ngettext_lazy(
        "Links point to %(n)s missing task.",
        "Links point to %(n)s missing tasks.",
        "n",
    ),
    "duplicate_linkages": ngettext_lazy(
        "%(n)s link is a duplicate.", "%(n)s links are duplicates.", "n"
    ),
    "loose_tasks": ngettext_lazy("%(n)s task is unreachable.", "%(n)s tasks are unreachable.", "n"),
    "unknown_families": ngettext_lazy(
        "%(n)s task has an unknown type.", "%(n)s tasks have an unknown type.", "n"
    ),
    "cycles": ngettext_lazy(
        "%(n)s link is part of a cycle.", "%(n)s links are part of a cycle.", "n"
    ),
}


def warning_text(warned: Warned) -> str:
    """One line in the language of this thread; the code where this version has no text for it."""
    try:
        return str(_TEXTS[warned["code"]] % masked_value(warned["facts"]))
    except KeyError:  # stored by another version of this program
        return warned["code"]


def warning_texts_in_english(stored: list[Warned]) -> list[str]:
    """For other programs, whatever language the user has."""
    with override(None):
        return [warning_text(warned) for warned in stored]
