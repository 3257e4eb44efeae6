"""The mirror's side of `zwm compare`. Imports the database when it is opened."""

import time
from typing import TYPE_CHECKING, Any

from workflow_mirror.cli import mirror
from workflow_mirror.cli.output import print_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflow_mirror.compare.result import Row
    from workflow_mirror.compare.rules import Rule
    from workflow_mirror.customers.models import Customer

SECONDS_BETWEEN_NOTES = 5.0


def compared_customers(
    source: str, target: str, rules: list["Rule"]
) -> tuple[tuple[str, str], list["Row[Any]"]]:
    """The names of the customers, and a row a pair. Raises UnknownCustomerError."""
    with mirror.opened():
        from workflow_mirror.access.scope import EVERYTHING
        from workflow_mirror.compare.service import compare_missing, comparison

        one, two = _customer(source), _customer(target)
        found = comparison(EVERYTHING, one.pk, two.pk, rules)
        compare_missing(EVERYTHING, found, on_step=_noting(len(found.missing())))
        if found.missing():
            # Exports that a sync has replaced meanwhile.
            found = comparison(EVERYTHING, one.pk, two.pk, rules)
            compare_missing(EVERYTHING, found)
        return (one.name, two.name), found.rows(one.pk)


def _customer(text: str) -> "Customer":
    """By name, then by ID."""
    from workflow_mirror.access.customers import customers_in, find_customer
    from workflow_mirror.access.scope import EVERYTHING

    known = customers_in(EVERYTHING)
    if text.isascii() and text.isdigit() and not known.filter(name=text).exists():
        by_id = known.filter(pk=int(text[:18])).first()
        if by_id is not None:
            return by_id
    return find_customer(EVERYTHING, text)


def _noting(total: int) -> "Callable[[int], None]":
    last = time.monotonic()

    def note(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_NOTES:
            last = time.monotonic()
            print_note(f"{done} of {total} pairs compared")

    return note
