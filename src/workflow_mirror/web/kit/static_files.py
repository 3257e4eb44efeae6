from typing import Any

from django.http import HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Answers with a whole file: a streamed one is read at once under ASGI, with a warning."""

    @staticmethod
    def serve(static_file: Any, request: Any) -> HttpResponse:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        whole = HttpResponse(streamed.getvalue(), status=streamed.status_code)
        whole.headers = streamed.headers
        streamed.close()
        return whole
