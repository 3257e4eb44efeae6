"""Failed log-ins: which address has to wait, and the line in the log that others can act on.

One user's wrong passwords from one address lock the two for a while (AXES_LOCKOUT_PARAMETERS). An
address that fails too often over all users has to wait as well, but locks no user for others.
"""

import ipaddress
from typing import Any, Final

import structlog
from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Sum
from django.http import HttpRequest

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.record import record
from workflow_mirror.server.addresses import client_network

log = structlog.get_logger(__name__)

FAILURES_OF_ADDRESS: Final = 20


class LogInHandler(AxesDatabaseHandler):
    """Named in AXES_HANDLER.

    Not by AXES_LOCKOUT_PARAMETERS, which has one limit for all its parameters, and where one good
    log-in (AXES_RESET_ON_SUCCESS) would clear what the address has done to other users.
    """

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return super().is_locked(request, credentials) or _is_spraying(request)


def address_of(request: HttpRequest) -> str | None:
    """Named in AXES_CLIENT_IP_CALLABLE. Behind a trusted proxy it is the client's."""
    try:
        return str(ipaddress.ip_address(client_network(request.META.get("REMOTE_ADDR", ""))))
    except ValueError:
        return None


def watch_log_ins() -> None:
    """Failures in the log, for programs that block addresses; all of them in the audit log."""
    for signal, handler in (
        (user_login_failed, _log_failure),
        (user_logged_in, _logged_in),
        (user_logged_out, _logged_out),
    ):
        signal.connect(handler, dispatch_uid=f"workflow_mirror.web.people.{handler.__name__}")


def _is_spraying(request: Any) -> bool:
    attempts = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gt=get_cool_off_threshold(request)
    )
    failures = attempts.aggregate(number=Sum("failures_since_start"))["number"] or 0
    return bool(failures >= FAILURES_OF_ADDRESS)


def _log_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: object
) -> None:
    """Only names of accounts are logged: others may be passwords in the wrong field."""
    if request is None:
        return
    users = get_user_model().objects
    name = credentials.get("username")
    is_known = name is not None and users.filter(username=name).exists()
    log.warning(
        "Log-in failed",
        address=request.META.get("REMOTE_ADDR", ""),
        username=name if is_known else None,
    )
    who = name if is_known else "nobody"
    record(Action.LOGGED_IN, actor=who, outcome=Outcome.REFUSED)


def _logged_in(user: AbstractBaseUser, **_signal: object) -> None:
    record(Action.LOGGED_IN, actor=user.get_username())


def _logged_out(user: AbstractBaseUser | None, **_signal: object) -> None:
    if user is not None:
        record(Action.LOGGED_OUT, actor=user.get_username())
