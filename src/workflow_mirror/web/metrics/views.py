"""/metrics for Prometheus.

Its labels name all customers, so it is for the operator: for requests with the token of the
environment, or without a token for programs on this machine.
"""

import ipaddress
from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from workflow_mirror.overview.metrics import exposition

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
# What reverse proxies add: without them a proxy on this machine would be taken for its client.
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    token = settings.ZWM_METRICS_TOKEN
    if token and not _has(request, token):
        refused = HttpResponse("Send the token: Authorization: Bearer TOKEN\n", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    if not token and not _is_local(request):
        text = "Only for programs on this machine, unless ZWM_METRICS_TOKEN is set\n"
        return HttpResponse(text, status=403, content_type="text/plain")
    answer = HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    answer["Cache-Control"] = "no-store"
    return answer


def _has(request: HttpRequest, token: str) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())


def _is_local(request: HttpRequest) -> bool:
    """Of this machine, and neither through a proxy nor by a web site that a browser here shows."""
    if any(name in request.META for name in FORWARDED):
        return False
    host, _, port = request.get_host().rpartition(":")
    name = host if port.isdigit() else request.get_host()
    return name in LOCAL_HOSTS and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
