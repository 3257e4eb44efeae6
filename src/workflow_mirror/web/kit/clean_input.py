"""Cleans browser input for the database."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict

from workflow_mirror.workflows.documents import storable

LONGEST_ID = 18
"""Digits. Every number of this length fits a bigint."""


def clean_input(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: query, form and cookies without the characters that no text column can hold.

    A NUL character becomes U+FFFD, as it does in the texts that the mirror stores, so a filter
    still finds what it names. Must run before anything that looks up a session.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.GET = _clean(request.GET)  # type: ignore[assignment]  # immutable, as the stubs want
        request.COOKIES = storable(request.COOKIES)[0]
        if request.method == "POST":
            request.POST = _clean(request.POST)  # type: ignore[assignment]  # as above
        return get_response(request)

    return middleware


def row_id(text: str) -> int | None:
    """The primary key that `text` spells; None if no row can have it."""
    is_id = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return int(text) if is_id else None


def _clean(sent: QueryDict) -> QueryDict:
    clean, replaced = storable(dict(sent.lists()))
    if not replaced:
        return sent
    values = QueryDict(mutable=True)
    for name, texts in clean.items():
        values.setlist(name, texts)
    values._mutable = False  # noqa: SLF001 - as Django does itself when it has filled one
    return values
