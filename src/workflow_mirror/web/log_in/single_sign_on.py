"""The two addresses of single sign-on: the way to the provider, and the way back."""

from collections.abc import Callable
from typing import Any

import structlog
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.record import record
from workflow_mirror.error_texts import error_text, in_our_language
from workflow_mirror.web.log_in.errors import (
    LogInError,
    LogInExpiredError,
    ProviderConfigurationError,
    ProviderUnreachableError,
)
from workflow_mirror.web.log_in.provider import Client, Provider, known_provider

log = structlog.get_logger(__name__)

type View = Callable[[HttpRequest], HttpResponse]


def _single_sign_on(view: View) -> View:
    """404 without a provider; a page that says why where the log-in fails."""

    @never_cache
    @require_safe
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except LogInError as error:
            return _refused(request, error)
        except RequestException as error:
            return _refused(request, _caused(ProviderUnreachableError(), error))
        except (KeyError, TypeError, ValueError) as error:  # allauth reads answers as they come
            return _refused(request, _caused(ProviderConfigurationError(), error))

    return guarded


@_single_sign_on
def to_provider(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = Provider(request, known_provider()).redirect_from_request(request)
    return answer


@_single_sign_on
def from_provider(request: HttpRequest) -> HttpResponse:
    view: Any = OAuth2CallbackView.adapter_view(Client(request, known_provider()))
    answer: HttpResponse = view(request)
    return answer


def _caused(error: LogInError, cause: Exception) -> LogInError:
    error.__cause__ = cause
    return error


def _refused(request: HttpRequest, error: LogInError) -> HttpResponse:
    if not isinstance(error, LogInExpiredError):  # which anybody can cause, any number of times
        _log(request, error)
    if error.is_audited:
        record(Action.LOGGED_IN, actor="nobody", outcome=Outcome.REFUSED, code=error.code)
    context = {"title": _("You are not logged in"), "text": in_our_language(error)}
    return render(request, "web/log_in/refused.html", context, status=error.status)


def _log(request: HttpRequest, error: LogInError) -> None:
    log.warning(
        "Single sign-on failed",
        address=request.META.get("REMOTE_ADDR", ""),
        code=error.code,
        reason=error_text(error),
        cause=error_text(error.__cause__) if error.__cause__ else None,
    )
