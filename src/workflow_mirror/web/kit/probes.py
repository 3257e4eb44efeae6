"""`/healthz` and `/readyz`, for load balancers, orchestrators and monitoring.

A middleware before all others, and not URLs: a probe names the server by its address, which
ZWM_ALLOWED_HOSTS need not know, and it needs no session.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from workflow_mirror.overview.readiness import EXCLUDED, OK, check_readiness

NO_STORE = {"Cache-Control": "no-store"}


def probes(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        answer = _PROBES.get(request.path)
        if answer is None:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return answer(request)

    return middleware


def healthz(_request: HttpRequest) -> HttpResponse:
    """Shows that the process answers; asks nothing of the database."""
    return JsonResponse({"status": OK}, headers=NO_STORE)


def readyz(request: HttpRequest) -> HttpResponse:
    """200 if every check holds, otherwise 503. `?exclude=worker` leaves one out."""
    checks = check_readiness(request.GET.getlist("exclude"))
    is_ready = set(checks.values()) <= {OK, EXCLUDED}
    return JsonResponse(
        {"ready": is_ready, "checks": checks}, status=200 if is_ready else 503, headers=NO_STORE
    )


_PROBES = {"/healthz": healthz, "/readyz": readyz}
