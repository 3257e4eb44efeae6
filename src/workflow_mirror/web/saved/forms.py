"""The forms of a saved view."""

from typing import Any, ClassVar

from django import forms
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from workflow_mirror.web.kit.saved_views import MOST_OWN, PAGES, own_views
from workflow_mirror.web.models import SavedView

LONGEST_QUERY = 8000


class SavedViewForm(forms.ModelForm):  # type: ignore[type-arg]  # none at run time
    """Renames, shares, or stops sharing."""

    class Meta:
        model = SavedView
        fields: tuple[str, ...] = ("name", "is_shared")
        labels: ClassVar = {"is_shared": gettext_lazy("Share with other users")}
        widgets: ClassVar = {
            "name": UnfoldAdminTextInputWidget,
            "is_shared": UnfoldBooleanSwitchWidget,
        }

    def saves(self) -> bool:
        """Whether the view is valid and saved; otherwise the form has errors."""
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError:
            self.add_error("name", _("You already have a saved view with this name."))
        return not self.errors


class NewViewForm(SavedViewForm):
    """Its instance has an owner."""

    page = forms.ChoiceField(choices=[(name, name) for name in PAGES])
    query = forms.CharField(max_length=LONGEST_QUERY)

    class Meta(SavedViewForm.Meta):
        fields = (*SavedViewForm.Meta.fields, "page", "query")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if own_views(self.instance.owner, cleaned.get("page", "")).count() >= MOST_OWN:
            text = _("You have %(number)d saved views of this page. Delete one first.")
            self.add_error(None, text % {"number": MOST_OWN})
        return cleaned
