"""Begins sessions: after the password or link, a user with two-factor has to give a code."""

from typing import Any, Final

from allauth.account.utils import perform_login
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

PASSWORD_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"  # noqa: S105 - a module
BACKEND_KEY: Final = "log_in_backend"
"""In the session of a log-in that has begun: the backend of the session that it leads to."""


def begin_session(
    request: HttpRequest, user: User, *, backend: str, next_url: str = ""
) -> HttpResponse:
    """Log the user in, or ask for the second factor first. The user must be active."""
    request.session[BACKEND_KEY] = backend
    answer: HttpResponse = perform_login(
        request, user, redirect_url=next_url or reverse("admin:index")
    )
    return answer


class PasswordLogIn(LoginView):
    def form_valid(self, form: Any) -> HttpResponse:
        return begin_session(
            self.request, form.get_user(), backend=PASSWORD_BACKEND, next_url=self.get_success_url()
        )
