"""Changes: what the syncs saw change in the workflows of all customers."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.queries import changes_in, search_changes
from workflow_mirror.history.summaries import summarise
from workflow_mirror.history.words import told
from workflow_mirror.web.changes.entries import badge, name_of, page_of, timeline_of
from workflow_mirror.web.changes.filters import KindFilter, PeriodFilter, WhoFilter
from workflow_mirror.web.changes.rows import CHANGES, FILE_COLUMNS, MOST_SUMMARIES
from workflow_mirror.web.changes.week import week_context
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.downloads import Row
from workflow_mirror.web.kit.file_columns import portions, values
from workflow_mirror.web.kit.filters import CustomerFilter
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.lists import LongChangeList, LongListAdmin
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by, newest_first
from workflow_mirror.web.kit.time_formats import ago
from workflow_mirror.workflows.columns import LIST, shown_in


class ChangesList(LongChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """With the diffs of this page's entries in words."""
        super().get_results(request)
        summarise(self.result_list)


@admin.register(WorkflowChange, site=site)
class ChangeAdmin(WithFiles, LongListAdmin):
    columns = shown_in(LIST, CHANGES)
    list_display_links = None
    hidden_columns = ("changed_at",)
    sorts: ClassVar = {
        "seen_at": newest_first("seen_at"),
        "customer": by("customer__name"),
        "kind": by("kind", "seen_at"),
    }
    sorted_by = "-seen_at"
    ordering = ("-seen_at",)
    list_filter = (("customer", CustomerFilter), KindFilter, WhoFilter, PeriodFilter)
    search_fields = ("workflow__name", "workflow_zuora_id")  # by search_changes
    search_help_text = _("Search by workflow name or Zuora ID")
    empty_text = _("No changes yet.")
    list_before_template = "web/changes/list_before.html"
    file_name = "changes"
    file_columns = FILE_COLUMNS

    class Media:
        css: ClassVar = {"all": ("web/changes/changes.css",)}

    def rows(self, scope: Scope) -> QuerySet[WorkflowChange]:
        return changes_in(scope)

    def file_rows(self, request: HttpRequest, shown: QuerySet[WorkflowChange]) -> Iterable[Row]:
        """With the diffs of the first entries in words."""
        left = MOST_SUMMARIES
        for portion in portions(shown):
            summarise(portion, left)
            left = 0
            yield from values(portion, self.file_columns)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, "workflows.view_workflow")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WorkflowChange], search_term: str
    ) -> tuple[QuerySet[WorkflowChange], bool]:
        if search_term.strip():
            queryset = search_changes(queryset, scope_of(request.user), search_term)
        return queryset, False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangesList]:
        return ChangesList

    def get_custom_urls(self) -> Any:
        return (
            *super().get_custom_urls(),
            ("week/", "history_workflowchange_week", self.week),
        )

    @display(description=_("seen"))
    def shown_seen_at(self, entry: WorkflowChange) -> str | None:
        return ago(entry.seen_at)

    @display(description=_("customer"))
    def shown_customer(self, entry: WorkflowChange) -> str:
        return entry.customer.name

    @display(description=_("workflow"))
    def shown_workflow(self, entry: WorkflowChange) -> str:
        return format_html(
            '<a class="text-link" href="{}">{}</a>', timeline_of(entry), name_of(entry)
        )

    @display(description=_("kind"))
    def shown_kind(self, entry: WorkflowChange) -> str:
        return badge(entry.kind)

    @display(description=_("change"))
    def shown_text(self, entry: WorkflowChange) -> str:
        return format_html('<a class="text-link" href="{}">{}</a>', page_of(entry), told(entry))

    @display(description=_("changed by"))
    def shown_changed_by(self, entry: WorkflowChange) -> str | None:
        return table_cells.one_line(entry.changed_by) if entry.changed_by else None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A change has no page of its own: it leads to the comparison, or to the timeline."""
        return HttpResponseRedirect(page_of(self.visible(request, object_id)))

    def week(self, request: HttpRequest, model_admin: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return TemplateResponse(
            request,
            "web/changes/week.html",
            {
                **self.admin_site.each_context(request),
                **week_context(request),
                "title": _("Changes of a week"),
                "opts": self.opts,
                "media": self.media,
            },
        )
