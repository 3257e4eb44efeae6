"""The field of a time zone, in the forms of schedules and notification rules."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget

from workflow_mirror.web.kit.timezone import choices


class TimezoneField(forms.ChoiceField):
    """A new object starts with the time zone in which its user sees all times."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Time zone"),
            choices=choices,
            widget=UnfoldAdminSelect2Widget,
            initial=lambda: str(timezone.get_current_timezone()),
        )


def offer_own(form: forms.ModelForm) -> None:  # type: ignore[type-arg]  # none at run time
    """Offers the object's time zone too where its name is not in the list, such as CET."""
    zone, own = form.fields.get("timezone"), form.instance.timezone
    if isinstance(zone, TimezoneField) and own not in dict(choices()):
        zone.choices = [(own, own), *choices()]
