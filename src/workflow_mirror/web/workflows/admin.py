"""Workflows: the list, its files, the page of one, and asking for syncs."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from workflow_mirror.access.customers import active_customers
from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import translated
from workflow_mirror.web.changes.timeline import timeline_context
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import asking
from workflow_mirror.web.kit.filters import CustomerFilter
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.lists import LongChangeList, LongListAdmin
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by, newest_first
from workflow_mirror.web.kit.syncing import question_for_all, queue_syncs
from workflow_mirror.web.kit.time_formats import ago, minutes
from workflow_mirror.web.uses.context import all_uses_context
from workflow_mirror.web.workflows.compare.page import comparison, latest_of, other_workflows
from workflow_mirror.web.workflows.documents import document_answer
from workflow_mirror.web.workflows.filters import (
    ExportTroubleFilter,
    FreshnessFilter,
    StateFilter,
    TriggerFilter,
    VanishedFilter,
)
from workflow_mirror.web.workflows.graph import task_details, task_preview
from workflow_mirror.web.workflows.page import page_context
from workflow_mirror.web.workflows.rows import FILE_COLUMNS, SHOWN, count_tasks, triggers_of
from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.web.workflows.zip_file import zip_answer
from workflow_mirror.workflows.columns import LIST, WORKFLOWS, shown_in
from workflow_mirror.workflows.models import Workflow, sortable_name
from workflow_mirror.workflows.queries import (
    document_of,
    earlier_document,
    search_workflows,
    workflows_in,
)

STATE_VARIANTS = {"Active": "success", "Inactive": "info"}
SYNC = "customers.sync_customer"
LIST_URL = "admin:workflows_workflow_changelist"
COMPARE_URL = "admin:workflows_workflow_compare"


TWO = 2


def comparison_of(before: Any, after: Any) -> str:
    """The address of the page that compares two exports."""
    return f"{reverse(COMPARE_URL)}?{urlencode({'a': before.pk, 'b': after.pk})}"


class ChosenCustomer(forms.Form):
    """One of the customers that the user may sync."""

    customer: "forms.ModelChoiceField[Customer]" = forms.ModelChoiceField(
        queryset=None, label=_("Customer"), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *arguments: Any, customers: QuerySet[Customer]) -> None:
        super().__init__(*arguments)
        self.fields["customer"].queryset = customers  # type: ignore[attr-defined]


class WorkflowList(LongChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        count_tasks(self.result_list)


@admin.register(Workflow, site=site)
class WorkflowAdmin(WithFiles, LongListAdmin):
    # The name first.
    columns = tuple(sorted(shown_in(LIST, WORKFLOWS), key=lambda column: column.name != "name"))
    hidden_columns = ("zuora_id", "triggers", "export_error")
    sorts: ClassVar = {
        "name": by(sortable_name()),
        "customer": by("customer__name"),
        "zuora_id": by("zuora_id"),
        "state": by("state", "customer_id"),  # as the index has them
        "updated_on": newest_first("updated_on"),
        "last_synced_at": newest_first("last_synced_at"),
    }
    sorted_by = "name"
    ordering = (sortable_name().asc(),)
    list_filter = (
        ("customer", CustomerFilter),
        StateFilter,
        TriggerFilter,
        FreshnessFilter,
        VanishedFilter,
        ExportTroubleFilter,
    )
    search_fields = ("name", "description", "zuora_id")  # by search_workflows
    search_help_text = _("Search by name, description or Zuora ID")
    empty_text = _("No workflows yet. They appear after the first sync.")
    list_before_template = "web/workflows/list_before.html"
    file_name = "workflows"
    file_columns = FILE_COLUMNS
    actions = ("sync_customers", "download_exports", "compare_selected")
    actions_list = ("sync_customer", "sync_all")

    class Media:
        css: ClassVar = {
            "all": (
                "web/workflows/workflows.css",
                "web/changes/changes.css",
                "web/uses/uses.css",
                "web/tasks/code.css",
            )
        }
        js = ("web/workflows/copy.js", forms.Script("web/changes/timeline.js", type="module"))

    def rows(self, scope: Scope) -> QuerySet[Workflow]:
        """Without the documents, which are many times as large as all the rest."""
        return workflows_in(scope).select_related("customer").only("customer__name", *SHOWN)

    def file_portion(self, request: HttpRequest, rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return count_tasks(rows)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Workflow], search_term: str
    ) -> tuple[QuerySet[Workflow], bool]:
        return search_workflows(queryset, search_term), False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[WorkflowList]:
        return WorkflowList

    def get_custom_urls(self) -> Any:
        return (
            *super().get_custom_urls(),
            ("zip/", "workflows_workflow_zip", self.zip),
            ("<int:pk>/json/", "workflows_workflow_json", self.document),
            ("<int:pk>/task/", "workflows_workflow_task", self.task),
            ("<int:pk>/preview/", "workflows_workflow_preview", self.preview),
            ("<int:pk>/changes/", "workflows_workflow_changes", self.changes),
            ("<int:pk>/uses/", "workflows_workflow_uses", self.uses),
            ("<int:pk>/exports/<int:export>/", "workflows_workflow_export", self.export),
            ("compare/", "workflows_workflow_compare", self.compare),
            ("<int:pk>/compare/", "workflows_workflow_compare_with", self.compare_with),
        )

    # Columns that need more than their value

    @display(description=_("name"))
    def shown_name(self, workflow: Workflow) -> str:
        return str(workflow)

    @display(description=_("customer"))
    def shown_customer(self, workflow: Workflow) -> str:
        return workflow.customer.name

    @display(description=_("Zuora ID"))
    def shown_zuora_id(self, workflow: Workflow) -> str:
        return format_html(
            '<span class="zw-copy"><code>{0}</code>'
            '<button type="button" data-copy="{0}" aria-label="{1} {0}" title="{1}">'
            '<span class="material-symbols-outlined" aria-hidden="true">content_copy</span>'
            "</button></span>",
            workflow.zuora_id,
            gettext("Copy"),
        )

    @display(description=_("status"))
    def shown_state(self, workflow: Workflow) -> str | None:
        if workflow.deleted_at:
            return table_cells.label(_("Deleted in Zuora"), "warning")
        if not workflow.state:
            return None
        return table_cells.label(workflow.state, STATE_VARIANTS.get(workflow.state, "default"))

    @display(description=_("version"))
    def shown_version(self, workflow: Workflow) -> str:
        if not workflow.draft_version:
            return workflow.version
        mark = gettext("draft %(version)s") % {"version": workflow.draft_version}
        return format_html(
            '{} <span class="zw-tag zw-draft" title="{}">{}</span>', workflow.version, mark, mark
        )

    @display(description=_("triggers"))
    def shown_triggers(self, workflow: Workflow) -> str | None:
        names = ((name,) for name in triggers_of(workflow))
        return format_html_join(" ", '<span class="zw-tag">{}</span>', names) or None

    @display(description=_("schedule"))
    def shown_interval(self, workflow: Workflow) -> str | None:
        """With the expression and the next runs as a tooltip."""
        if not workflow.interval:
            return None
        runs = next_runs_of(workflow)
        following = gettext("Next runs: %(runs)s") % {"runs": minutes(runs)} if runs else ""
        return format_html(
            '<span title="{}">{}</span>',
            " | ".join(filter(None, (workflow.interval, following))),
            schedule_of(workflow),
        )

    @display(description=_("tasks"))
    def shown_tasks(self, workflow: Any) -> int:
        return int(workflow.task_count)

    @display(description=_("updated"))
    def shown_updated_on(self, workflow: Workflow) -> str | None:
        return ago(workflow.updated_on)

    @display(description=_("last synced"))
    def shown_last_synced_at(self, workflow: Workflow) -> str | None:
        return ago(workflow.last_synced_at)

    @display(description=_("export error"))
    def shown_export_error(self, workflow: Workflow) -> str | None:
        if not workflow.export_error:
            return None
        reason = translated(workflow.export_error, workflow.export_error_details)
        return format_html('<span class="zw-trouble" title="{0}">{0}</span>', reason)

    # Exports of many

    def zip(self, request: HttpRequest, model_admin: Any) -> HttpResponseBase:
        """Of all workflows that the list shows with the same parameters."""
        return zip_answer(request, self.shown_rows(request))

    @action(description=_("Download exports (ZIP)"), permissions=["view"])
    def download_exports(
        self, request: HttpRequest, workflows: QuerySet[Workflow]
    ) -> HttpResponseBase:
        return zip_answer(request, workflows)

    # Comparing

    @action(description=_("Compare (two workflows)"), permissions=["view"])
    def compare_selected(
        self, request: HttpRequest, workflows: QuerySet[Workflow]
    ) -> HttpResponse | None:
        keys = list(workflows.values_list("pk", flat=True)[: TWO + 1])
        if len(keys) != TWO:
            messages.error(request, _("Select two workflows to compare."))
            return None
        exports = [latest_of(scope_of(request.user), str(key)) for key in keys]
        if None in exports:
            messages.error(request, _("Only workflows with an export can be compared."))
            return None
        return HttpResponseRedirect(comparison_of(*exports))

    # Syncs

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may(request.user, SYNC)

    @action(description=_("Sync the customers of selected"), permissions=["sync"])
    def sync_customers(self, request: HttpRequest, workflows: QuerySet[Workflow]) -> None:
        """Each customer once. Those that are not active are left out."""
        customers = active_customers(scope_of(request.user))
        chosen = workflows.order_by().values("customer")
        queue_syncs(request, list(customers.filter(pk__in=chosen)))

    @action(description=_("Sync Customer"), icon="sync", permissions=[SYNC])
    def sync_customer(self, request: HttpRequest) -> HttpResponse:
        customers = active_customers(scope_of(request.user))
        form = ChosenCustomer(request.POST or None, customers=customers)
        if form.is_valid():
            queue_syncs(request, [form.cleaned_data["customer"]])
            return HttpResponseRedirect(reverse(LIST_URL))
        template = "web/workflows/sync_customer.html"
        title = _("Sync Customer")
        return self._ask(request, template, title=title, form=form, customers=customers)

    @action(description=_("Sync All Customers"), icon="sync", permissions=[SYNC])
    def sync_all(self, request: HttpRequest) -> HttpResponse:
        customers = active_customers(scope_of(request.user))
        if request.method == "POST":
            queue_syncs(request, list(customers))
            return HttpResponseRedirect(reverse(LIST_URL))
        question = asking(question_for_all(customers))
        return self._ask(request, "web/confirm.html", title=_("Sync All Customers"), **question)

    def _ask(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        site_context = self.admin_site.each_context(request)
        context = {**site_context, "opts": self.opts, "back": reverse(LIST_URL), **context}
        return TemplateResponse(request, template, context)

    # Pages

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        workflow = self.visible(request, object_id)
        return TemplateResponse(
            request,
            "web/workflows/workflow.html",
            {
                **self.admin_site.each_context(request),
                **page_context(request, workflow),
                "title": str(workflow),
                "original": workflow,
                "opts": self.opts,
                "media": self.media,
            },
        )

    def compare(self, request: HttpRequest, model_admin: Any) -> HttpResponse:
        """Two stored versions, of one workflow or of two."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": _("Compare versions"), "media": self.media, **comparison(request)}
        return self._ask(request, "web/compare/compare.html", **context)

    def compare_with(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """Finds another workflow; with `other`, its key, goes on to the page that compares both."""
        workflow = self.visible(request, pk)
        context: dict[str, Any] = {"title": _("Compare with another workflow")}
        if other := request.GET.get("other"):
            mine, others = (latest_of(scope_of(request.user), key) for key in (str(pk), other))
            if mine and others:
                return HttpResponseRedirect(comparison_of(mine, others))
            context["has_no_export"] = True
        context |= other_workflows(request, workflow)
        return self._ask(request, "web/compare/other.html", media=self.media, **context)

    def document(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """The last good export, to be looked at or kept."""
        workflow = self.visible(request, pk)
        text = document_of(scope_of(request.user), workflow.pk)
        return document_answer(request, workflow, text, workflow.version, workflow.export_hash)

    def export(self, request: HttpRequest, model_admin: Any, pk: int, export: int) -> HttpResponse:
        """One of its exports, including repeats of a version."""
        workflow = self.visible(request, pk)
        found = earlier_document(scope_of(request.user), workflow, export)
        if found is None:
            raise Http404
        text, version, content_hash = found
        return document_answer(request, workflow, text, version, content_hash)

    def changes(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """A page of the timeline: older entries, for its link and for its script."""
        workflow = self.visible(request, pk)
        title = gettext("Changes of %(workflow)s") % {"workflow": workflow}
        context = timeline_context(request, workflow) | {"workflow": workflow, "media": self.media}
        return self._ask(request, "web/changes/page.html", title=title, **context)

    def uses(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """All names of a kind, or all places of a name."""
        workflow = self.visible(request, pk)
        title = gettext("Uses of %(workflow)s") % {"workflow": workflow}
        context = all_uses_context(request, workflow) | {"media": self.media}
        return self._ask(request, "web/uses/page.html", title=title, **context)

    def task(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """The panel of the graph."""
        return task_details(request, self.visible(request, pk))

    def preview(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """HTML of a task's parameter `?at=`, for a frame."""
        return task_preview(request, self.visible(request, pk))
