"""The audit log, for users who may see all customers: events name users and customers."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from workflow_mirror.access.audit_log import events_in
from workflow_mirror.access.scope import Scope, is_limited
from workflow_mirror.audit.actions import Outcome
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.web.audit.filters import ActionFilter, ActorFilter, OutcomeFilter, PeriodFilter
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.downloads import Row
from workflow_mirror.web.kit.list_files import ListWithFiles
from workflow_mirror.web.kit.site import site
from workflow_mirror.workflows.columns import FILE, LIST, Column, shown_in

COLUMNS = (
    Column("happened_at", _("time"), kind=datetime, shown=(LIST, FILE)),
    Column("actor", _("who"), shown=(LIST, FILE)),
    Column("address", _("IP address"), shown=(LIST, FILE)),
    Column("action", _("action"), shown=(LIST, FILE)),
    Column("target", _("target"), shown=(LIST, FILE)),
    Column("outcome", _("outcome"), shown=(LIST, FILE)),
    Column("details", _("details"), shown=(LIST, FILE)),
)
READ_AT_ONCE = 1000
VARIANTS: dict[str, str] = {
    Outcome.DONE: "success",
    Outcome.REFUSED: "danger",
    Outcome.FAILED: "warning",
}


@admin.register(AuditEvent, site=site)
class AuditAdmin(ListWithFiles):
    columns = shown_in(LIST, COLUMNS)
    list_display_links = None
    sortable_by = ("shown_happened_at",)
    ordering = ("-happened_at",)
    list_filter = (ActionFilter, ActorFilter, OutcomeFilter, PeriodFilter)
    search_fields = ("actor", "target", "address")
    search_help_text = _("Search by user, target or IP address")
    empty_text = _("No events yet.")
    list_before_template = "web/audit/list_before.html"
    file_name = "audit-log"
    file_columns = shown_in(FILE, COLUMNS)

    class Media:
        css: ClassVar = {"all": ("web/audit/audit.css",)}

    def rows(self, scope: Scope) -> QuerySet[AuditEvent]:
        return events_in(scope)

    def file_rows(self, shown: QuerySet[AuditEvent]) -> Iterable[Row]:
        return _file_rows(shown)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description=_("time"), ordering="happened_at")
    def shown_happened_at(self, event: AuditEvent) -> str:
        """To the second: it is compared with other logs."""
        return f"{event.happened_at:%Y-%m-%d %H:%M:%S}"

    @display(description=_("action"))
    def shown_action(self, event: AuditEvent) -> str:
        return event.action_label

    @display(description=_("outcome"))
    def shown_outcome(self, event: AuditEvent) -> str:
        variant = VARIANTS.get(event.outcome, "default")
        return table_cells.label(capfirst(event.outcome_label), variant)

    @display(description=_("details"))
    def shown_details(self, event: AuditEvent) -> str | None:
        if not event.details:
            return None
        return format_html('<code class="za-details">{}</code>', details_text(event))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An event has no page of its own."""
        self.visible(request, object_id)
        return HttpResponseRedirect(reverse("admin:audit_auditevent_changelist"))


def details_text(event: AuditEvent) -> str:
    return json.dumps(event.details, ensure_ascii=False, sort_keys=True) if event.details else ""


def _file_rows(events: QuerySet[AuditEvent]) -> Iterator[tuple[Any, ...]]:
    special: dict[str, Any] = {
        "action": lambda event: event.action_label,
        "outcome": lambda event: event.outcome_label,
        "details": details_text,
    }
    for event in events.iterator(READ_AT_ONCE):
        yield tuple(
            special[column.name](event) if column.name in special else getattr(event, column.name)
            for column in shown_in(FILE, COLUMNS)
        )
