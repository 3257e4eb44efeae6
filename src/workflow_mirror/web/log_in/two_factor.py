"""Two-factor authentication of local accounts by allauth, and who must have it."""

import base64
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from workflow_mirror.access.accounts import has_second_factor, use_up_code
from workflow_mirror.access.scope import may
from workflow_mirror.web.log_in.backends import PROVIDER_BACKEND

OPTIONAL, ADMINISTRATORS, EVERYBODY = "optional", "administrators", "everybody"
# What somebody may open who has yet to set two-factor up.
OPEN: Final = {
    "mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_reauthenticate",
    "account_reauthenticate", "logout", "login", "account_login", "set_language", "jsi18n",
}  # fmt: skip


class MfaAdapter(DefaultMFAAdapter):
    """Named in MFA_ADAPTER. Secrets are encrypted with a key that is made of SECRET_KEY.

    Not with ZWM_ENCRYPTION_KEYS: `zwm keys` rotates columns, and allauth keeps secrets within JSON.
    """

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise ValidationError(
                _("Your second factor cannot be read any more. Ask an administrator to reset it.")
            ) from error

    def get_totp_label(self, user: User) -> str:
        return user.username

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not must_have_two_factor(authenticator.user)


class Overview(IndexView):
    def get_context_data(self, **options: Any) -> dict[str, Any]:
        needed = must_have_two_factor(self.request.user)
        return {**super().get_context_data(**options), "must_have_two_factor": needed}


class TurnOn(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        # allauth marks codes as used at a log-in only: somebody who saw this one could log in.
        use_up_code(self.request.user, form.cleaned_data["code"])
        return answer


overview = Overview.as_view()
turn_on = TurnOn.as_view()


def _cipher() -> Fernet:
    key = salted_hmac("workflow_mirror.two_factor", "", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def must_have_two_factor(user: Any) -> bool:
    """By ZWM_TWO_FACTOR. Administrators are those who may change users."""
    if settings.ZWM_TWO_FACTOR == ADMINISTRATORS:
        return may(user, "auth.change_user")
    return bool(settings.ZWM_TWO_FACTOR == EVERYBODY)


def require_two_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: leads users who must have two-factor, and have not, to its page alone.

    For users of the identity provider, two-factor is the provider's business.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.ZWM_TWO_FACTOR != OPTIONAL and _must_set_up(request):
            return redirect("mfa_index")
        return get_response(request)

    return middleware


def _must_set_up(request: HttpRequest) -> bool:
    user = request.user
    if not user.is_authenticated or request.session[BACKEND_SESSION_KEY] == PROVIDER_BACKEND:
        return False
    if resolve(request.path_info).url_name in OPEN or not must_have_two_factor(user):
        return False
    return not has_second_factor(user)
