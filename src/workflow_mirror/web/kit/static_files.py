"""Static files directly from the installed packages, without collectstatic.

Their URLs name the version of all of them, `/static-1f3c5a7b9d0e/web/css/web.css`, so that browsers
keep them for a year. What they import from each other by relative URLs has the version, too.
"""

import re
from functools import cache
from hashlib import sha256
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

FOREVER = "max-age=31536000, public, immutable"
_VERSIONED = re.compile(r"/static-(?P<version>[0-9a-f]{12})/(?P<name>.+)", re.DOTALL)


@cache
def version_of_all() -> str:
    """Of names and contents of all static files: the same in all processes and on all hosts."""
    files: dict[str, bytes] = {}
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            if name not in files:  # the first finder that knows a name serves it
                with storage.open(name) as file:
                    files[name] = sha256(file.read()).digest()
    told = b"".join(name.encode() + b"\0" + content for name, content in sorted(files.items()))
    return sha256(told).hexdigest()[:12]


class VersionedStaticFiles(StaticFilesStorage):
    """For `{% static %}`."""

    @property
    def base_url(self) -> str:
        return f"/static-{version_of_all()}/"


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        """Another version, as of a page from before an update, gets today's file for a minute."""
        found = _VERSIONED.fullmatch(request.path_info)
        file = found and self.files.get(self.static_prefix + found["name"])
        if not found or not file:
            return super().__call__(request)
        answer = self.serve(file, request)
        if found["version"] == version_of_all():
            answer["Cache-Control"] = FOREVER
        return answer

    @staticmethod
    def serve(static_file: Any, request: Any) -> HttpResponse:
        """With a whole file: a streamed one is read at once under ASGI, with a warning."""
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        whole = HttpResponse(streamed.getvalue(), status=streamed.status_code)
        whole.headers = streamed.headers
        streamed.close()
        return whole
