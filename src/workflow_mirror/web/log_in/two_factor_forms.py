"""allauth's forms of two-factor authentication, in Unfold's style."""

from typing import Any

from allauth.account.forms import ReauthenticateForm as PasswordAgain
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.utils.translation import gettext
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

CODE = {"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
PASSWORD = {"autocomplete": "current-password", "autofocus": True}


class _CodeField:
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        code = self.fields["code"]  # type: ignore[attr-defined]  # the form's
        code.widget, code.label = UnfoldAdminTextInputWidget(attrs=CODE), gettext("Code")


class CodeForm(_CodeField, AuthenticateForm):
    """At a log-in."""


class CodeAgainForm(_CodeField, ReauthenticateForm):
    """Before a change, by a user who is logged in."""


class FirstCodeForm(_CodeField, ActivateTOTPForm):
    """When two-factor authentication is turned on."""


class PasswordAgainForm(PasswordAgain):
    """Before a change, by a user who is logged in."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["password"].widget = UnfoldAdminPasswordWidget(attrs=PASSWORD)
        self.fields["password"].help_text = ""
