"""Customers: their health, their credentials, and asking for syncs."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from workflow_mirror.access.customers import active_customers, customers_in, environments
from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.customers.access import CredentialsReport, check_credentials
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.customers.registry import belongings, remove, store
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.jobs.scoped import count_of_customer, running_jobs
from workflow_mirror.overview.health import condition_of, customers_with_condition
from workflow_mirror.sync.first_sync import first_sync
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.sync.requests import Options, request_retry_of_exports
from workflow_mirror.web.compare.template_state import (
    add_template_states,
    has_templates,
    template_cell,
)
from workflow_mirror.web.customers.deletions import question_about_deletions, refused_deletions
from workflow_mirror.web.customers.form import CustomerForm
from workflow_mirror.web.customers.links import exports_of, page_of, problem_of
from workflow_mirror.web.customers.page import page_context
from workflow_mirror.web.customers.problems import CHECK, EDIT, SYNC, offered
from workflow_mirror.web.customers.rows import FILE_COLUMNS
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.base import MirrorAdmin
from workflow_mirror.web.kit.filters import ChoiceFilter
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.lists import LongChangeList
from workflow_mirror.web.kit.live import running_cell
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by, newest_first
from workflow_mirror.web.kit.syncing import question_for_all, queue_syncs, tell_queued
from workflow_mirror.web.kit.table_cells import HEALTH_VARIANTS
from workflow_mirror.web.kit.time_formats import ago

# Actions that a customer's page offers where they are needed.
BESIDE_PROBLEMS = ("retry_exports", "allow_deletions")


class EnvironmentFilter(ChoiceFilter):
    """The environments of the customers that the user may see."""

    title = _("environment")
    parameter_name = "environment"

    def lookups(self, request: HttpRequest, model_admin: MirrorAdmin) -> list[tuple[str, str]]:
        return [(name, name) for name in environments(scope_of(request.user))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return queryset.filter(environment=self.value()) if self.value() else queryset


class AttentionFilter(ChoiceFilter):
    title = _("credentials")
    parameter_name = "credentials"

    def lookups(self, request: HttpRequest, model_admin: MirrorAdmin) -> list[tuple[str, Any]]:
        return [
            ("refused", _("Rejected by Zuora")),
            ("good", _("Valid")),
            ("unchecked", _("Not checked yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        match self.value():
            case "refused":
                return queryset.exclude(needs_attention="")
            case "good":
                return queryset.filter(needs_attention="", credentials_checked_at__isnull=False)
            case "unchecked":
                return queryset.filter(needs_attention="", credentials_checked_at=None)
        return queryset


class FormOutsideTransaction(admin.ModelAdmin):  # type: ignore[type-arg]  # none at run time
    """For a form that asks Zuora while it is validated: no transaction waits for the answer.

    As a last base class, this replaces Django's `changeform_view`, which opens a transaction
    around form and saving, and keeps Unfold's.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer: HttpResponse
        answer = self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]  # Django's
        return answer


class CustomerList(LongChangeList):
    """Looks up the health of the customers on the page only, and their state by template."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        add_template_states(request, self.result_list)


@admin.register(Customer, site=site)
class CustomerAdmin(WithFiles, FormOutsideTransaction):  # type: ignore[misc]  # two bases
    refusals = (CustomerError,)
    form = CustomerForm
    list_display = (
        "name",
        "health",
        "running",
        "environment",
        "template",
        "number_of_workflows",
        "export_trouble",
        "last_good_sync",
        "is_active",
    )
    list_filter = (EnvironmentFilter, AttentionFilter, "is_active")
    search_fields = ("name", "zuora_base_url", "environment")
    search_help_text = _("Search by name, base URL or environment")
    empty_text = _("No customers yet.")
    file_name = "customers"
    file_columns = FILE_COLUMNS
    hidden_columns = ("is_active",)
    sorts: ClassVar = {
        "name": by("name"),
        "environment": by("environment", "name"),
        "number_of_workflows": by("workflow_count"),
        "export_trouble": newest_first("trouble_count"),
        "last_good_sync": newest_first("last_good_at"),
        "is_active": by("is_active", "name"),
    }
    sorted_by = "name"
    ordering = ("name",)
    actions = ("sync_marked",)
    actions_list = ("sync_all",)
    actions_row = ("sync", "try_credentials")
    actions_detail = ("sync", "try_credentials", "download_exports", *BESIDE_PROBLEMS)
    fieldsets = (
        (None, {"fields": ("name", "environment", "is_active")}),
        (
            _("Zuora connection"),
            {
                "fields": (
                    "data_centre",
                    "zuora_base_url",
                    "zuora_client_id",
                    "new_secret",
                    "zuora_entity_id",
                    "zuora_org_ids",
                )
            },
        ),
    )

    class Media:
        css: ClassVar = {"all": ("web/customers/customer.css", "web/changes/changes.css")}
        js: ClassVar = ("web/customers/form.js",)

    def rows(self, scope: Scope) -> QuerySet[Customer]:
        """With their running syncs: one statement more, whatever the number of rows."""
        running = Prefetch("job_runs", running_jobs(scope, SYNC_KINDS), to_attr="running_syncs")
        return customers_with_condition(scope).prefetch_related(running)

    def choices(self, scope: Scope) -> QuerySet[Customer]:
        return customers_in(scope)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[CustomerList]:
        return CustomerList

    def every_column(self, request: HttpRequest) -> list[Any]:
        """Without the column of templates where there are none."""
        hidden = set() if has_templates(request) else {"template"}
        return [name for name in super().every_column(request) if name not in hidden]

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Those at the top of the page."""
        found = super().get_actions_detail(request, object_id)
        return [action for action in found if action.method.__name__ not in BESIDE_PROBLEMS]

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may(request.user, SYNC)

    @display(description=_("health"))
    def health(self, customer: Customer) -> str:
        condition = condition_of(customer)
        label = table_cells.label(condition.label, HEALTH_VARIANTS[condition.health])
        return format_html('<a href="{}">{}</a>', problem_of(customer, condition.health), label)

    @display(description=_("against template"))
    def template(self, customer: Any) -> str | None:
        return template_cell(customer)

    @display(description=_("workflows"))
    def number_of_workflows(self, customer: Any) -> int:
        return int(customer.workflow_count)

    @display(description=_("failed exports"))
    def export_trouble(self, customer: Any) -> Any:
        if not customer.trouble_count:
            return None
        link = exports_of(customer)
        return format_html('<a class="text-link" href="{}">{}</a>', link, customer.trouble_count)

    @display(description=_("last successful sync"))
    def last_good_sync(self, customer: Any) -> str | None:
        return ago(customer.last_good_at)

    @display(description=_("current sync"))
    def running(self, customer: Any) -> str:
        run = next(iter(customer.running_syncs), None)
        return table_cells.live("customer", customer.pk, "running", running_cell(run))

    @post_action(permission=SYNC, description=_("Sync"), icon="sync")
    def sync(self, request: HttpRequest, customer: Customer) -> None:
        queue_syncs(request, [customer])

    @post_action(permission=SYNC, description=_("Retry failed exports"), icon="replay")
    def retry_exports(self, request: HttpRequest, customer: Customer) -> None:
        asker = request.user.get_username()
        tell_queued(request, request_retry_of_exports(customer, requested_by=asker))

    @post_action(
        permission=SYNC,
        description=_("Allow these deletions"),
        icon="delete_sweep",
        question=question_about_deletions,
        variant=ActionVariant.DANGER,
    )
    def allow_deletions(self, request: HttpRequest, customer: Customer) -> HttpResponse:
        """Only where the latest sync was refused, so that nobody allows what nobody has seen."""
        if refused_deletions(request, customer):
            queue_syncs(request, [customer], Options(allow_mass_delete=True))
        else:
            messages.warning(request, _("No sync of this customer was refused."))
        return HttpResponseRedirect(page_of(customer))

    @post_action(permission=CHECK, description=_("Check credentials"), icon="key")
    def try_credentials(self, request: HttpRequest, customer: Customer) -> None:
        _tell(request, check_credentials(customer))

    @action(
        description=_("Download exports (ZIP)"),
        icon="folder_zip",
        permissions=["workflows.view_workflow"],
    )
    def download_exports(self, request: HttpRequest, object_id: str) -> HttpResponse:
        customer = self.visible(request, unquote(object_id))
        query = urlencode({"customer__id__exact": customer.pk, "vanished": "any"})
        return HttpResponseRedirect(f"{reverse('admin:workflows_workflow_zip')}?{query}")

    @post_action(
        permission=SYNC,
        description=_("Sync All Customers"),
        icon="sync",
        question=lambda request: question_for_all(active_customers(scope_of(request.user))),
    )
    def sync_all(self, request: HttpRequest) -> None:
        queue_syncs(request, list(active_customers(scope_of(request.user))))

    @action(description=_("Sync selected"), permissions=["sync"])
    def sync_marked(self, request: HttpRequest, customers: QuerySet[Customer]) -> None:
        queue_syncs(request, list(customers))

    def get_custom_urls(self) -> Any:
        edit = ("<path:object_id>/edit/", "customers_customer_edit", self.edit)
        return (*super().get_custom_urls(), edit)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a customer; the form is `edit`."""
        customer = self.visible(request, unquote(object_id))
        if request.method == "POST":  # such as a form that an earlier version made
            return HttpResponseNotAllowed(["GET"])
        actions = self.get_actions_detail(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **page_context(request, customer),
            "actions_detail": self._get_actions_navigation(self.actions_detail, actions, object_id),
            "edit": offered(request, customer.pk, EDIT),
            "title": str(customer),
            "original": customer,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "web/customers/customer.html", context)

    def edit(self, request: HttpRequest, model_admin: Any, object_id: str) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        answer: HttpResponse = super().change_view(request, object_id)
        return answer

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Without *Save and continue editing*: after saving, the page shows the first sync."""
        context = {**(extra_context or {}), "show_save_and_continue": False}
        answer: HttpResponse = super().add_view(request, form_url, context)
        return answer

    def response_post_save_add(self, request: HttpRequest, obj: Customer) -> HttpResponseRedirect:
        return HttpResponseRedirect(page_of(obj))

    response_post_save_change = response_post_save_add

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: Any) -> None:
        """A new customer and its first sync are stored in one transaction."""
        job = None
        with transaction.atomic():
            store(obj)
            if not change:
                job = first_sync(obj, form.report, requested_by=request.user.get_username())
        _tell(request, form.report)
        if job:
            messages.success(request, _("First sync queued."))

    def delete_model(self, request: HttpRequest, obj: Customer) -> None:
        remove(obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with a customer, in numbers: not a line for each of a million tasks."""
        [customer] = objs
        going = belongings(customer)
        counts = {
            gettext("workflows"): going.workflows,
            gettext("tasks"): going.tasks,
            gettext("stored exports"): going.exports,
            gettext("jobs"): count_of_customer(scope_of(request.user), customer),
        }
        return [str(customer)], counts, set(), []


def _tell(request: HttpRequest, report: CredentialsReport) -> None:
    if report.error is None:
        messages.success(request, _("Connected. Workflows can be read."))
    elif report.is_refusal:
        messages.error(request, in_our_language(report.error))
    else:
        messages.warning(
            request,
            gettext("Couldn't reach Zuora to check the credentials. %(problem)s")
            % {"problem": in_our_language(report.error)},
        )
