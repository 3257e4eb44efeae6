"""The comparison that a page shows: computed for a moment, and then by a job."""

import time

from django.http import HttpRequest

from workflow_mirror.access.scope import scope_of
from workflow_mirror.compare.requests import request_comparison
from workflow_mirror.compare.service import (
    SLICE_SECONDS,
    SMALL_BYTES,
    Comparison,
    compare_missing,
    comparison,
)


def end_of_slice() -> float:
    """Until when a request may compute, as `time.monotonic()`."""
    return time.monotonic() + SLICE_SECONDS


def found_for(
    request: HttpRequest, source: int, target: int, end: float | None = None
) -> Comparison:
    """Both customers must be in the scope. What is left at the end is requested as a job."""
    scope = scope_of(request.user)
    found = comparison(scope, source, target)
    left = (end_of_slice() if end is None else end) - time.monotonic()
    compare_missing(scope, found, seconds=max(0.0, left), largest=SMALL_BYTES)
    if found.missing():
        request_comparison(source, target, request.user.get_username())
    return found
