"""The form of a customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from workflow_mirror.customers.access import CredentialsReport
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import save_customer
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
    """Whether a customer can be saved is found out by saving it, at the end of validation: a name
    that is taken and credentials that Zuora refuses are errors of the form like all others.
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

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook, missing in its stubs
        if self.errors:
            return
        if self.cleaned_data["new_secret"]:
            self.instance.zuora_client_secret = self.cleaned_data["new_secret"]
        try:
            self.report = save_customer(self.instance)
        except CustomerError as error:
            self.add_error(None, in_our_language(error))
