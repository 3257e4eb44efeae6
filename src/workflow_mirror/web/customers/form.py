"""The form of a customer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from workflow_mirror.customers.access import CredentialsReport
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import examine
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.zuora.regions import REGIONS


class BaseUrlInput(UnfoldAdminTextInputWidget):
    """A text field that offers Zuora's ten base URLs."""

    template_name = "web/base_url_input.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["list_id"] = f"{widget['attrs'].get('id', name)}_regions"
        widget["attrs"]["list"] = widget["list_id"]
        widget["regions"] = REGIONS
        return context


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]  # none at run time
    """Validation asks Zuora whether it accepts the credentials: rejected ones are an error of the
    form. Nothing is written here.
    """

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
        widgets = {"zuora_base_url": BaseUrlInput}  # noqa: RUF012 - Django's way
        help_texts = {  # noqa: RUF012 - as above
            "zuora_base_url": _("Your Zuora data centre, or another *.zuora.com endpoint."),
            "zuora_entity_id": _("Only if this OAuth client can access several entities."),
            "zuora_org_ids": _("Comma-separated. Only for tenants with Multi-Org."),
            "environment": _("Leave empty to detect from the base URL."),
            "is_active": _("Include in “Sync All Customers” and in schedules for all customers."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_secret" in self.fields:  # not on a page that only shows
            secret = self.fields["new_secret"]
            secret.required = self.instance.pk is None
            if self.instance.pk:
                secret.help_text = _("Leave empty to keep the current secret.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and self._is_valid_customer(cleaned):
            try:
                self.report = examine(self.instance)
            except CustomerError as error:
                self.add_error(None, in_our_language(error))
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
