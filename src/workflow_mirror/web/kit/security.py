"""Security headers, and cookies that depend on the request's scheme."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.csp import CSP

# 'unsafe-eval' is there for Alpine. Unfold's templates need its usual build, which compiles the
# expressions in x- attributes; Alpine's CSP build refuses template literals, `if` statements and
# globals such as Math, document and localStorage, which those templates use. So this policy is no
# second line of defence: it stops inline scripts, on... handlers and javascript: URLs, but Alpine
# would run the x-init of a text from Zuora that got into a page unescaped. What keeps such texts
# out is the templates' escaping (tests/browser/test_planted_markup.py).
#
# The style attribute sets widths and places (Alpine, progress bars); whole inline style sheets are
# refused. Tailwind's forms draw their arrows and ticks by data: images.
POLICY: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "worker-src": [CSP.SELF],  # the graph's layout
    "style-src-elem": [CSP.SELF],
    "style-src-attr": [CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": [CSP.SELF],  # Unfold shows related objects in a frame
    "frame-ancestors": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}


def secure_cookies(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: over HTTPS every cookie is for HTTPS only.

    Decided by each request and not by a setting, since the same installation may be reached by
    http://localhost on the machine itself and by https through a proxy.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware
