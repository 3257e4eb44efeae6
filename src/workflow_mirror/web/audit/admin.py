"""The audit log, for users who may see all customers: events name users and customers."""

import json
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
from workflow_mirror.web.kit.file_columns import FileColumn, field, time
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.lists import LongListAdmin
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import newest_first
from workflow_mirror.workflows.columns import LIST, Column, shown_in

COLUMNS = (
    Column("happened_at", _("time"), kind=datetime, shown=(LIST,)),
    Column("actor", _("who"), shown=(LIST,)),
    Column("address", _("IP address"), shown=(LIST,)),
    Column("action", _("action"), shown=(LIST,)),
    Column("target", _("target"), shown=(LIST,)),
    Column("outcome", _("outcome"), shown=(LIST,)),
    Column("details", _("details"), shown=(LIST,)),
)


def details_text(event: AuditEvent) -> str:
    return json.dumps(event.details, ensure_ascii=False, sort_keys=True) if event.details else ""


FILE_COLUMNS = (
    time("happened_at", _("time")),
    field("actor", _("who")),
    field("address", _("IP address")),
    field("action_label", _("action")),
    field("target", _("target")),
    field("outcome_label", _("outcome")),
    FileColumn(_("details"), details_text),
)
VARIANTS: dict[str, str] = {
    Outcome.DONE: "success",
    Outcome.REFUSED: "danger",
    Outcome.FAILED: "warning",
}


@admin.register(AuditEvent, site=site)
class AuditAdmin(WithFiles, LongListAdmin):
    columns = shown_in(LIST, COLUMNS)
    list_display_links = None
    sorts: ClassVar = {"happened_at": newest_first("happened_at")}
    sorted_by = "-happened_at"
    ordering = ("-happened_at",)
    list_filter = (ActionFilter, ActorFilter, OutcomeFilter, PeriodFilter)
    search_fields = ("actor", "target", "address")
    search_help_text = _("Search by user, target or IP address")
    empty_text = _("No events yet.")
    list_before_template = "web/audit/list_before.html"
    file_name = "audit-log"
    file_columns = FILE_COLUMNS

    class Media:
        css: ClassVar = {"all": ("web/audit/audit.css",)}

    def rows(self, scope: Scope) -> QuerySet[AuditEvent]:
        return events_in(scope)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description=_("time"))
    def shown_happened_at(self, event: AuditEvent) -> str:
        """To the second: it is compared with other logs."""
        return table_cells.moment(event.happened_at)

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
