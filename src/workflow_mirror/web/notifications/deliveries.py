"""The delivery log: each message, what became of it, and sending it again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from workflow_mirror.error_texts import in_our_language, translated
from workflow_mirror.notifications.errors import NotificationError
from workflow_mirror.notifications.models import NotificationDelivery
from workflow_mirror.notifications.queries import deliveries_of, rules_of
from workflow_mirror.notifications.resending import resend
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.base import ReadOnlyAdmin
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.filters import ChoiceFilter
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.time_formats import ago
from workflow_mirror.web.notifications import rows
from workflow_mirror.web.notifications.admin import CHANGE

FACTS = ("rule", "state_label", "content", "attempts", "reason", "next_try", "made", "ended")


class StateFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(NotificationDelivery.State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class RuleFilter(ChoiceFilter):
    title = gettext_lazy("rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in rules_of(request.user).values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(rule=row_id(self.value())) if self.value() else queryset


@admin.register(NotificationDelivery, site=site)
class DeliveryAdmin(WithFiles, ReadOnlyAdmin):
    file_name = "deliveries"
    file_columns = rows.DELIVERY_FILE
    list_display = ("number_link", "rule_name", "state_label", "content", "reason", "made", "ended")
    list_filter = (StateFilter, RuleFilter)
    list_display_links = None
    empty_text = gettext_lazy("No messages yet.")
    ordering = ("-pk",)
    actions_row = ("resend",)
    actions_detail = ("resend",)
    fields = FACTS
    readonly_fields = FACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[NotificationDelivery]:
        return deliveries_of(request.user).order_by(*self.ordering)

    @display(description=gettext_lazy("delivery"))
    def number_link(self, delivery: NotificationDelivery) -> str:
        return format_html(
            '<a class="font-semibold text-link" href="{}/change/">{}</a>', delivery.pk, delivery.pk
        )

    @display(description=gettext_lazy("rule"))
    def rule_name(self, delivery: NotificationDelivery) -> str:
        return delivery.rule.name

    @display(description=gettext_lazy("status"))
    def state_label(self, delivery: NotificationDelivery) -> str:
        return rows.state_of_delivery(delivery)

    @display(description=gettext_lazy("events"))
    def content(self, delivery: NotificationDelivery) -> str:
        return _("Test message") if delivery.is_test else str(delivery.number)

    @display(description=gettext_lazy("error"))
    def reason(self, delivery: NotificationDelivery) -> str | None:
        reason = translated(delivery.error, delivery.error_details)
        return format_html('<span class="job-error">{}</span>', reason) if reason else None

    @display(description=gettext_lazy("next attempt"))
    def next_try(self, delivery: NotificationDelivery) -> str:
        is_waiting = delivery.state == NotificationDelivery.State.WAITING
        return table_cells.until(delivery.due_at) if is_waiting else table_cells.NOTHING

    @display(description=gettext_lazy("created"))
    def made(self, delivery: NotificationDelivery) -> str | None:
        return ago(delivery.created_at)

    @display(description=gettext_lazy("finished"))
    def ended(self, delivery: NotificationDelivery) -> str | None:
        return ago(delivery.ended_at)

    @post_action(
        permission=CHANGE,
        description=gettext_lazy("Send again"),
        icon="replay",
        question=gettext_lazy("Send this message again? A delivered one arrives twice."),
    )
    def resend(self, request: HttpRequest, delivery: NotificationDelivery) -> None:
        try:
            resend(delivery)
        except NotificationError as error:
            messages.error(request, in_our_language(error))
        else:
            messages.success(request, _("The message is queued."))
