"""The page behind a one-time link (access/log_in_links.py).

Django's view moves the token from the address to the session first, so that it is in no referrer.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpResponse

from workflow_mirror.access.log_in_links import tokens
from workflow_mirror.web.kit.password_forms import NewPasswordForm, NoPasswordForm
from workflow_mirror.web.kit.sessions import begin_session
from workflow_mirror.web.log_in.backends import LINK_BACKEND


class OneTimeLink(PasswordResetConfirmView):
    template_name = "web/log_in/one_time_link.html"
    form_class = NewPasswordForm
    token_generator = tokens

    def get_user(self, uidb64: str) -> Any:
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def get_form_class(self) -> Any:
        """Without local log-in the link itself is the way in, and a password would be of no use."""
        return super().get_form_class() if settings.ZWM_LOCAL_LOGIN else NoPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.save()
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        return begin_session(self.request, user, backend=LINK_BACKEND)
