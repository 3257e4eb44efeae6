"""A query with the place of its error."""

import unicodedata
from dataclasses import dataclass

from workflow_mirror.error_texts import in_our_language
from workflow_mirror.references.query import QueryError

SHOWN_AROUND = 60
"""Characters before and after the place."""
_INVISIBLE = ("Cc", "Cf", "Cs")


@dataclass(frozen=True)
class MarkedError:
    """`at` begins at the error and ends with its word; the other parts are around it.

    `column` is None for an error that has no place.
    """

    message: str
    column: int | None = None
    before: str = ""
    at: str = ""
    after: str = ""


def marked_error(query: str, error: QueryError) -> MarkedError:
    place = error.column - 1
    rest = query[place : place + SHOWN_AROUND]
    length = max(1, len(rest.split(maxsplit=1)[0])) if rest.strip() else 1
    return MarkedError(
        in_our_language(error),
        error.column,
        _visible(query[max(0, place - SHOWN_AROUND) : place]),
        _visible(rest[:length]) or " ",
        _visible(rest[length:]),
    )


def _visible(text: str) -> str:
    return "".join("�" if unicodedata.category(one) in _INVISIBLE else one for one in text)
