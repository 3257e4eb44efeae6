"""Finds rows by the words of their names.

Each term of a text matches a part of a name, the name of a customer or a whole ID; all of the
terms must match. A term without three letters or digits in a row, such as `US`, `30` or `S3`, must
begin a word: as a part of any word it would match nearly everything.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Upper

from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import sortable_name

TRIGRAM = re.compile(r"[^\W_]{3}")
"""Only a term with this many consecutive letters or digits can use the index for substrings."""
WORD_START = "(^|[^[:alnum:]])"
"""A regular expression of PostgreSQL; its trigram index knows where words begin."""

type Names = dict[int, str]


def having(
    rows: QuerySet[Any], text: str, columns: tuple[str, ...], customers: Names | None = None
) -> QuerySet[Any]:
    """Rows with a name, a Zuora ID and a customer that have every term of `text`.

    `customers` are the names of all customers in question, by key; None reads them.
    """
    terms = text.split()
    if customers is None:
        customers = dict(Customer.objects.values_list("pk", "name")) if terms else {}
    rows = rows.alias(upper_name=Upper("name"), sortable_name=sortable_name())  # as indexed
    for term in terms:
        matches = _in_columns(term, columns)
        # IDs have digits; a term without digits needs no lookup in the ID's index.
        if any(map(str.isdigit, term)):
            matches |= Q(zuora_id=term)
        if of_customers := customers_having(term, customers):
            matches |= Q(customer__in=of_customers)
        rows = rows.filter(matches)
    return rows


def customers_having(term: str, customers: Names) -> list[int]:
    """The keys of the customers whose names have the term."""
    return [pk for pk, name in customers.items() if has_term(name, term)]


def has_term(name: str, term: str) -> bool:
    """Whether a name has one term, by the rule of this module."""
    folded, wanted = name.casefold(), term.casefold()
    if TRIGRAM.search(term):
        return wanted in folded
    return any(starts_word(folded, at) for at in places(folded, wanted))


def starts_word(name: str, at: int) -> bool:
    return at == 0 or not name[at - 1].isalnum()


def ends_word(name: str, at: int) -> bool:
    return at == len(name) or not name[at].isalnum()


def places(name: str, term: str) -> Iterable[int]:
    """Where the term is in the name, overlapping ones too."""
    return (found.start() for found in re.finditer(f"(?={re.escape(term)})", name))


def _in_columns(term: str, columns: tuple[str, ...]) -> Q:
    if TRIGRAM.search(term):
        matches = Q()
        for column in columns:
            matches |= Q(**{f"{column}__icontains": term})
        return matches
    if _has_word(term):
        return Q(upper_name__regex=WORD_START + re.escape(term.upper()))
    return Q(sortable_name__startswith=Upper(Value(term)))


def _has_word(term: str) -> bool:
    """A term of punctuation alone begins no word: it is looked up at the beginning of names."""
    return term[:1].isalnum()
