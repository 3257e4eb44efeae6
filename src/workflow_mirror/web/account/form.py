"""The form of a user's own preferences."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from workflow_mirror.access.models import Theme
from workflow_mirror.web.kit import timezone

PREFERENCES = ("language", "timezone", "theme")


def _or_empty(choices: Any, words: Any) -> list[tuple[str, Any]]:
    return [("", words), *choices]


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=_or_empty(settings.LANGUAGES, _("As in the browser")),
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=lambda: _or_empty(timezone.choices(), _("As in the browser")),
        help_text=_("All times on screen are in this time zone. Files have times in UTC."),
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=_or_empty(Theme.choices, _("As in the system")),
    )


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(required=False, choices=_or_empty(Theme.choices, ""))


def preferences_of(user: User) -> dict[str, str]:
    access = getattr(user, "access", None)
    return {name: getattr(access, name, "") for name in PREFERENCES}
