"""The form of a customer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from workflow_mirror.customers.access import CredentialsReport
from workflow_mirror.customers.errors import CustomerError, NameTakenError
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import examine
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.zuora.regions import REGIONS

BASE_URLS = {region.base_url for region in REGIONS}
OTHER = "other"
"""The choice of a base URL that is typed."""

# The field in which each error of Zuora is put right, by its kind; the others are about no field.
FIELDS = {
    "base_url_refused": "zuora_base_url",
    "wrong_host": "data_centre",
    "invalid_credentials": "new_secret",
    "missing_permission": "zuora_client_id",
}


def _data_centres() -> list[tuple[str, Any]]:
    known = ((one.base_url, f"{one.label} ({one.base_url})") for one in REGIONS)
    return [("", _("Choose…")), *known, (OTHER, _("Other"))]


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # none at run time
    """Validation asks Zuora whether it accepts the credentials: rejected ones are an error of the
    form. Nothing is written here.
    """

    data_centre = forms.ChoiceField(
        label=_("Data centre"),
        required=False,
        choices=_data_centres,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Where the OAuth client was created."),
    )
    new_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    report: CredentialsReport

    class Meta:
        model = Customer
        fields = (
            "name",
            "zuora_base_url",
            "zuora_client_id",
            "zuora_entity_id",
            "zuora_org_ids",
            "environment",
            "is_active",
        )
        help_texts = {  # noqa: RUF012 - Django's way
            "zuora_base_url": _("For “Other”: the host only, e.g. https://rest.eu.zuora.com"),
            "zuora_entity_id": _("Only if this OAuth client can access several entities."),
            "zuora_org_ids": _("Comma-separated. Only for tenants with Multi-Org."),
            "environment": _("Leave empty to detect from the base URL."),
            "is_active": _("Include in “Sync All Customers” and in schedules for all customers."),
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_with_base_url(data), *args, **kwargs)
        if "new_secret" not in self.fields:  # on a page that only shows
            return
        secret = self.fields["new_secret"]
        secret.required = self.instance.pk is None
        if self.instance.pk:
            secret.help_text = _("Leave empty to keep the current secret.")
            url = self.instance.zuora_base_url
            self.initial["data_centre"] = url if url in BASE_URLS else OTHER
        self.fields["zuora_base_url"].required = False  # a data centre has its own

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (cleaned.get("zuora_base_url") or "zuora_base_url" in self.errors):
            is_other = cleaned.get("data_centre") == OTHER
            name = "zuora_base_url" if is_other else "data_centre"
            self.add_error(name, self.fields[name].error_messages["required"])
        if not self.errors and self._is_valid_customer(cleaned):
            try:
                self.report = examine(self.instance)
            except CustomerError as error:
                self.add_error(_field_of(error), in_our_language(error))
        return cleaned

    def _is_valid_customer(self, cleaned: dict[str, Any]) -> bool:
        """Django validates the same after `clean`, and reports the errors at their fields."""
        construct_instance(self, self.instance)
        if cleaned["new_secret"]:
            self.instance.zuora_client_secret = cleaned["new_secret"]
        try:
            self.instance.full_clean(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]  # missing in the stubs
        except ValidationError:
            return False
        return True


def _with_base_url(data: Any) -> Any:
    """A chosen data centre decides, whatever else was typed."""
    chosen = data.get("data_centre") if data else None
    if chosen not in BASE_URLS:
        return data
    changed = data.copy()
    changed["zuora_base_url"] = chosen
    return changed


def _field_of(error: CustomerError) -> str | None:
    """None: the error is about no field."""
    if isinstance(error, NameTakenError):
        return "name"
    problem = error.coded["facts"].get("problem") if error.coded else None
    code = problem["code"] if isinstance(problem, dict) else ""
    return FIELDS.get(code.partition(".")[0])
