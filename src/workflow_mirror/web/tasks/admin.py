"""Tasks: the list over all customers, and the page of one."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.audit.actions import Action
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.filters import ChoiceFilter, CustomerFilter, ValueFilter
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.lists import LongListAdmin
from workflow_mirror.web.kit.reveal import check_reveal, name_of_task, reveal_context
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by
from workflow_mirror.web.tasks.parameters import task_context
from workflow_mirror.web.tasks.place import LONGEST_MARK, with_place
from workflow_mirror.web.tasks.preview import preview_url
from workflow_mirror.web.tasks.rows import FILE_COLUMNS
from workflow_mirror.web.uses.context import uses_context
from workflow_mirror.workflows.columns import LIST, TASKS, shown_in, stored
from workflow_mirror.workflows.models import Task, sortable_name
from workflow_mirror.workflows.neighbours import neighbours_of
from workflow_mirror.workflows.queries import (
    of_deleted,
    search_tasks,
    tasks_in,
    without_deleted,
    workflows_in,
)


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


class DeletedFilter(ChoiceFilter):
    """Unless asked, the list shows the tasks of workflows in Zuora. Of one workflow, all are shown:
    its page links to them.
    """

    title = _("in Zuora")
    parameter_name = "vanished"
    all_option = ("", _("Present"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Deleted")), ("any", _("Present and deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        if self.value() == "any" or request.GET.get("workflow__id__exact"):
            return queryset
        return of_deleted(queryset) if self.value() == "yes" else without_deleted(queryset)


@admin.register(Task, site=site)
class TaskAdmin(WithFiles, LongListAdmin):
    # The id last.
    columns = tuple(sorted(shown_in(LIST, TASKS), key=lambda column: column.name == "zuora_id"))
    sorts: ClassVar = {
        "name": by(sortable_name()),
        "customer": by("customer__name"),
        # As the indexes have them.
        "action_type": by("action_type", "customer_id"),
        "object": by("object", "customer_id"),
        "call_type": by("call_type", "customer_id"),
        "zuora_id": by("zuora_id"),
    }
    sorted_by = "name"
    ordering = (sortable_name().asc(),)
    list_filter = (
        ("customer", CustomerFilter),
        WorkflowFilter,
        TaskTypeFilter,
        ActionTypeFilter,
        ObjectFilter,
        CallTypeFilter,
        DeletedFilter,
    )
    search_fields = ("name", "zuora_id")  # by search_tasks
    search_help_text = _("Search by name or Zuora ID")
    file_name = "tasks"
    file_columns = FILE_COLUMNS
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

    @display(description=_("name"))
    def shown_name(self, task: Task) -> str:
        return str(task)

    @display(description=_("workflow"))
    def shown_workflow(self, task: Task) -> str:
        link = reverse("admin:workflows_workflow_change", args=(task.workflow_id,))
        return format_html('<a href="{}" class="text-link">{}</a>', link, task.workflow)

    @display(description=_("customer"))
    def shown_customer(self, task: Task) -> str:
        return task.customer.name

    def get_custom_urls(self) -> Any:
        reveal = ("<int:pk>/reveal/", "workflows_task_reveal", self.reveal)
        return (*super().get_custom_urls(), reveal)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.visible(request, object_id), revealed=False)

    def reveal(self, request: HttpRequest, model_admin: Any, pk: int) -> HttpResponse:
        """The page of a task with its secrets, by POST."""
        task: Task = self.visible(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:workflows_task_change", args=(pk,)))
        check_reveal(request, Action.SECRETS_REVEALED, task.workflow, name_of_task(task))
        answer = self._page(request, task, revealed=True)
        add_never_cache_headers(answer)
        return answer

    def _page(self, request: HttpRequest, task: Task, *, revealed: bool) -> TemplateResponse:
        context = task_context(task, task.data, revealed=revealed)
        hides, url = (
            context["hides_secrets"],
            reverse("admin:workflows_task_reveal", args=(task.pk,)),
        )
        if at := request.GET.get("at"):
            found = request.GET.get("find", "")[:LONGEST_MARK]
            context["parameters"] = with_place(context["parameters"], context["data"], at, found)
        return TemplateResponse(
            request,
            "web/tasks/task.html",
            {
                **self.admin_site.each_context(request),
                **context,
                "preview_url": preview_url(task.workflow_id, task.zuora_id),
                **reveal_context(request, url, hides_secrets=hides, revealed=revealed),
                "workflow": task.workflow,
                "neighbours": neighbours_of(scope_of(request.user), task),
                **uses_context(request, task.workflow, task),
                "title": str(task),
                "original": task,
                "opts": self.opts,
                "media": self.media,
            },
        )
