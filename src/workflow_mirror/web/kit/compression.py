"""Compressed answers."""

from http import HTTPStatus

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = {
    "application/json",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}


class Compression(GZipMiddleware):
    """Only of texts, as a whole: Django compresses whatever is not compressed yet, such as fonts
    and archives, parts of files, and streams, of which the browser would not know the size.

    Each page is padded with up to 100 random bytes. Together with the CSRF token, which is masked
    differently in each page, and cookies that other sites cannot send, this is against BREACH.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.get("Content-Type", "").partition(";")[0]
        is_whole = not response.streaming and response.status_code != HTTPStatus.PARTIAL_CONTENT
        if is_whole and kind in TEXTS:
            return super().process_response(request, response)
        return response
