"""Our own style sheet and script, in addition to Unfold's."""

from django.http import HttpRequest
from django.templatetags.static import static


def style(_request: HttpRequest) -> str:
    return static("web/css/web.css")


def script(_request: HttpRequest) -> str:
    return static("web/js/web.js")


def icon(_request: HttpRequest) -> str:
    return static("web/img/icon.svg")


def live_style(_request: HttpRequest) -> str:
    return static("web/css/live.css")


def live_script(_request: HttpRequest) -> str:
    return static("web/js/live.js")
