"""The form of a notification rule."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from workflow_mirror.access.scope import AnyUser, may
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.notifications.delivering import WEBHOOK_PERMISSION
from workflow_mirror.notifications.errors import InvalidRuleError
from workflow_mirror.notifications.events import EVENTS
from workflow_mirror.notifications.models import NotificationRule
from workflow_mirror.notifications.rules import examine
from workflow_mirror.notifications.webhook import new_secret
from workflow_mirror.outgoing.errors import UrlError
from workflow_mirror.web.kit.timezone_field import TimezoneField, offer_own

Channel = NotificationRule.Channel


class ClockInput(UnfoldAdminTextInputWidget):
    input_type = "time"


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # none at run time
    """`user` is who fills it in, and owns a new rule. The stored URL and secret are not shown."""

    user: AnyUser

    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(name, event.label) for name, event in EVENTS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    new_url = forms.CharField(
        label=_("Webhook URL"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    new_secret = forms.CharField(
        label=_("Signing secret"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    timezone = TimezoneField()

    class Meta:
        model = NotificationRule
        fields = (
            "name",
            "is_enabled",
            "events",
            "stale_hours",
            "all_customers",
            "customers",
            "channel",
            "mail_to",
            "frequency",
            "digest_time",
            "digest_weekday",
            "timezone",
            "quiet_from",
            "quiet_until",
        )
        widgets = dict.fromkeys(("digest_time", "quiet_from", "quiet_until"), ClockInput)
        help_texts = {  # noqa: RUF012 - Django's way
            "stale_hours": _("Hours since the last successful sync."),
            "all_customers": _("All customers that you may see, including future ones."),
            "customers": _("Used when “All customers” is off."),
            "mail_to": _("For the email channel."),
            "digest_time": _("For daily and weekly digests."),
            "quiet_from": _("Messages wait until the quiet hours end."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_own(self)
        self._explain_webhook()

    def _explain_webhook(self) -> None:
        url, secret = self.fields["new_url"], self.fields["new_secret"]
        if not may(self.user, WEBHOOK_PERMISSION):
            self.fields["channel"].choices = [(Channel.MAIL.value, Channel.MAIL.label)]  # type: ignore[attr-defined]  # a choice field
            del self.fields["new_url"], self.fields["new_secret"]
        elif self.instance.pk and self.instance.webhook_secret:
            host = urlsplit(self.instance.webhook_url).hostname
            url.help_text = _("Leave empty to keep the current URL at %(host)s.") % {"host": host}
            secret.help_text = _("Leave empty to keep the current secret.")
        else:
            secret.initial = new_secret()
            secret.help_text = _("Copy it to the receiver now: it is not shown again.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("all_customers"):
            cleaned["customers"] = []
        elif "customers" in cleaned and not cleaned["customers"]:
            self.add_error("customers", _("Select at least one customer."))
        if not self.errors:
            self._examine(cleaned)
        return cleaned

    def _examine(self, cleaned: dict[str, Any]) -> None:
        rule = self.instance
        construct_instance(self, rule)
        rule.events = cleaned["events"]
        # What is set counts as changed in the audit log.
        if url := cleaned.get("new_url"):
            rule.webhook_url = url
        if secret := cleaned.get("new_secret"):
            rule.webhook_secret = secret
        if rule.pk is None:
            rule.owner_id = self.user.pk
        try:
            examine(rule)
        except (InvalidRuleError, UrlError) as error:
            column = "new_url" if isinstance(error, UrlError) else error.column
            self.add_error(column if column in self.fields else None, in_our_language(error))
