"""Filters of lists."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.contrib.filters.forms import DropdownForm
from unfold.widgets import UnfoldAdminSelectWidget

from workflow_mirror.access.scope import scope_of
from workflow_mirror.web.kit.preferences import chosen_customer, customer_options
from workflow_mirror.workflows.queries import values_of
from workflow_mirror.workflows.secrets import masked


class LongSelect(UnfoldAdminSelectWidget):
    """Without a template for each option: for 200 customers they took longer than the list."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, " selected" if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        attributes = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(attributes), options)


class LongForm(DropdownForm):
    """Unfold's, which finds its select by these."""

    widget = LongSelect(
        attrs={
            "data-theme": "admin-autocomplete",
            "class": "unfold-admin-autocomplete admin-autocomplete",
        }
    )


def _labelled(shown: Iterable[dict[str, Any]], title: str) -> Iterator[dict[str, Any]]:
    """With the title alone as label, where Unfold puts "By" before it."""
    for part in shown:
        for field in part["form"].fields.values():
            field.label = capfirst(title)
        yield part


class ChoiceFilter(DropdownFilter):
    form_class = LongForm

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        return _labelled(super().choices(changelist), self.title)


class CustomerFilter(RelatedDropdownFilter):
    """By customer, offering the user's own: `list_filter = (("customer", CustomerFilter),)`.

    The customer is chosen above the list (web/lists/customer.html), and stays chosen on other
    pages. A customer in the address goes first; an empty one means all.
    """

    template = "web/lists/customer_filter.html"

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, *arguments: Any, **options: Any
    ) -> None:
        chosen = chosen_customer(request)
        self.is_in_address = any(name.startswith(f"{field.name}__") for name in params)
        if chosen and not self.is_in_address:
            params[f"{field.name}__id__exact"] = [str(chosen.pk)]
        super().__init__(field, request, params, *arguments, **options)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """None: the panel only keeps the customer that the address names."""
        yield from ()

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[int, str]]:
        return customer_options(request)


class ValueFilter(ChoiceFilter):
    """By an indexed text column, `parameter_name`: the values that the user's rows have.

    A value with a secret is not offered.
    """

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = _values(request, model_admin)[self.parameter_name]
        return [(value, value) for value in values if masked(value) == value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


def _values(request: HttpRequest, model_admin: Any) -> dict[str, list[str]]:
    """The choices of all such filters of a list: queried once a request."""
    known: dict[str, list[str]] | None = getattr(request, "filter_values", None)
    if known is None:
        columns = [
            str(one.parameter_name)
            for one in model_admin.list_filter
            if isinstance(one, type) and issubclass(one, ValueFilter)
        ]
        known = values_of(scope_of(request.user), model_admin.model, columns)
        request.filter_values = known  # type: ignore[attr-defined]
    return known


def chosen_text(spec: Any, changelist: Any) -> str:
    """What a filter is set to, in words; empty if it is not set."""
    if isinstance(spec, DropdownFilter | RelatedDropdownFilter):
        value = spec.value()
        named = {str(key): str(text) for key, text in spec.lookup_choices}
        return named.get(str(value), _("unknown value")) if value else ""
    if not spec.used_parameters:
        return ""
    chosen = [choice["display"] for choice in spec.choices(changelist) if choice["selected"]]
    return str(chosen[0]) if chosen else ""
