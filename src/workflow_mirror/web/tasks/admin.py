"""Tasks: the list over all customers, and the page of one."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.filters import ChoiceFilter, CustomerFilter, ValueFilter
from workflow_mirror.web.kit.lists import LongListAdmin
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.tasks.parameters import task_context
from workflow_mirror.web.tasks.place import LONGEST_MARK, with_place
from workflow_mirror.web.tasks.preview import preview_url
from workflow_mirror.web.uses.context import uses_context
from workflow_mirror.workflows.columns import LIST, TASKS, shown_in, stored
from workflow_mirror.workflows.models import Task, sortable_name
from workflow_mirror.workflows.neighbours import neighbours_of
from workflow_mirror.workflows.queries import search_tasks, tasks_in, workflows_in


class TaskTypeFilter(ValueFilter):
    title = _("task type")
    parameter_name = "task_type"


class ActionTypeFilter(ValueFilter):
    title = _("action type")
    parameter_name = "action_type"


class ObjectFilter(ValueFilter):
    title = _("object")
    parameter_name = "object"


class CallTypeFilter(ValueFilter):
    title = _("call type")
    parameter_name = "call_type"


class WorkflowFilter(ChoiceFilter):
    """By one workflow, from a link on its page: there are too many for a list of choices."""

    title = _("workflow")
    parameter_name = "workflow__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        text = self.value()
        if not text:
            return []
        pk = row_id(text)
        if pk is None:
            return [(text, text)]
        found = workflows_in(scope_of(request.user)).filter(pk=pk).only("name", "zuora_id")
        return [(text, str(workflow)) for workflow in found] or [(text, text)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        text = self.value()
        if not text:
            return queryset
        pk = row_id(text)
        return queryset.none() if pk is None else queryset.filter(workflow=pk)


@admin.register(Task, site=site)
class TaskAdmin(LongListAdmin):
    # The id last.
    columns = tuple(sorted(shown_in(LIST, TASKS), key=lambda column: column.name == "zuora_id"))
    sortable_by = ("shown_name",)
    ordering = (sortable_name().asc(),)
    list_filter = (
        ("customer", CustomerFilter),
        WorkflowFilter,
        TaskTypeFilter,
        ActionTypeFilter,
        ObjectFilter,
        CallTypeFilter,
    )
    search_fields = ("name", "zuora_id")  # by search_tasks
    search_help_text = _("Search by name or Zuora ID")
    empty_text = _("No tasks yet. They appear after the first sync.")

    class Media:
        css: ClassVar = {
            "all": ("web/workflows/workflows.css", "web/uses/uses.css", "web/tasks/code.css")
        }
        js = ("web/workflows/copy.js",)

    def rows(self, scope: Scope) -> QuerySet[Task]:
        """Without the parameters, which are many times as large as all the rest."""
        shown = tasks_in(scope).select_related("workflow", "customer")
        return shown.only(
            "customer__name",
            "workflow__name",
            "workflow__zuora_id",
            "workflow__deleted_at",
            *stored(TASKS),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        return search_tasks(queryset, search_term), False

    # Columns that need more than their value

    @display(description=_("name"), ordering=sortable_name())
    def shown_name(self, task: Task) -> str:
        return str(task)

    @display(description=_("workflow"))
    def shown_workflow(self, task: Task) -> str:
        link = reverse("admin:workflows_workflow_change", args=(task.workflow_id,))
        return format_html('<a href="{}" class="text-link">{}</a>', link, task.workflow)

    @display(description=_("customer"))
    def shown_customer(self, task: Task) -> str:
        return task.customer.name

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        task: Task = self.visible(request, object_id)
        context = task_context(task, task.data)
        if at := request.GET.get("at"):
            found = request.GET.get("find", "")[:LONGEST_MARK]
            context["parameters"] = with_place(context["parameters"], task.data, at, found)
        return TemplateResponse(
            request,
            "web/tasks/task.html",
            {
                **self.admin_site.each_context(request),
                **context,
                "preview_url": preview_url(task.workflow_id, task.zuora_id),
                "workflow": task.workflow,
                "neighbours": neighbours_of(scope_of(request.user), task),
                **uses_context(request, task.workflow, task),
                "title": str(task),
                "original": task,
                "opts": self.opts,
                "media": self.media,
            },
        )
