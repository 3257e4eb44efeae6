"""The form of a schedule."""

from typing import Any

from django import forms
from django.forms.models import construct_instance
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from workflow_mirror.error_texts import in_our_language
from workflow_mirror.outgoing.errors import UrlError
from workflow_mirror.schedules.cron import error_of
from workflow_mirror.schedules.errors import CronError, ScheduleError
from workflow_mirror.schedules.heartbeats import shown_host
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.service import examine
from workflow_mirror.web.kit.timezone_field import TimezoneField, offer_own

CRON_HELP = format_lazy(
    "{}<br><code>*/15 * * * *</code> {}<br><code>30 5 * * 1-5</code> {}<br>"
    "<code>0 3 1 * *</code> {}",
    _("Minute, hour, day of the month, month, day of the week. Examples:"),
    _("every 15 minutes"),
    _("at 05:30, Monday to Friday"),
    _("at 03:00 on day 1 of each month"),
)


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # none at run time
    """Users limited to some customers have a form without `all_customers`.

    The stored heartbeat URL is not shown.
    """

    new_url = forms.CharField(
        label=_("Heartbeat URL"),
        required=False,
        help_text=_("Called after each run whose syncs all succeed. For monitoring services."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    no_url = forms.BooleanField(
        label=_("Remove the heartbeat URL"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    timezone = TimezoneField()

    class Meta:
        model = Schedule
        fields = (
            "name",
            "is_enabled",
            "cron",
            "timezone",
            "all_customers",
            "customers",
            "full",
        )
        help_texts = {  # noqa: RUF012 - Django's way
            "cron": CRON_HELP,
            "all_customers": _("All active customers, including future ones."),
            "customers": _("Used when “All customers” is off. Inactive customers are skipped."),
            "full": _("Re-export every workflow, even unchanged."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_own(self)
        host = shown_host(self.instance)
        if host is not None and "new_url" in self.fields:
            keep = gettext("Leave empty to keep the current URL at %(host)s.")
            self.fields["new_url"].help_text = keep % {"host": host or "?"}

    def clean_cron(self) -> str:
        """Reported even if other fields have errors; `examine` checks it in its time zone."""
        text: str = self.cleaned_data["cron"]
        if error := error_of(text, "UTC", timezone.now()):
            raise forms.ValidationError(in_our_language(error))
        return text

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("all_customers") and not cleaned.get("customers"):
            self.add_error("customers", _("Select at least one customer."))
        if not self.errors:
            self._examine(cleaned)
        return cleaned

    def _examine(self, cleaned: dict[str, Any]) -> None:
        self.instance.all_customers = cleaned.get("all_customers", False)
        if self.instance.all_customers:
            cleaned["customers"] = []
        construct_instance(self, self.instance)
        if cleaned.get("new_url") or cleaned.get("no_url"):
            self.instance.heartbeat_url = cleaned["new_url"] or None
        try:
            examine(self.instance)
        except CronError as error:
            self.add_error("cron", in_our_language(error))
        except UrlError as error:
            self.add_error("new_url", in_our_language(error))
        except ScheduleError as error:
            self.add_error("name", in_our_language(error))
