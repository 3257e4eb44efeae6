"""What the search box finds, with the links of each hit and of each group."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.overview.find import Group, Hit, Kind, find
from workflow_mirror.web.kit import navigation
from workflow_mirror.workflows.secrets import masked


@dataclass(frozen=True)
class Shown:
    """How a kind is shown; `model` names its pages in the admin."""

    title: Promise
    icon: str
    model: str
    permission: str


KINDS = {
    Kind.CUSTOMER: Shown(
        gettext_lazy("Customers"), "apartment", "customers_customer", "customers.view_customer"
    ),
    Kind.WORKFLOW: Shown(
        gettext_lazy("Workflows"), "account_tree", "workflows_workflow", "workflows.view_workflow"
    ),
    Kind.TASK: Shown(gettext_lazy("Tasks"), "task_alt", "workflows_task", "workflows.view_task"),
    Kind.JOB: Shown(gettext_lazy("Jobs"), "sync", "jobs_jobrun", "jobs.view_jobrun"),
}


@dataclass(frozen=True)
class Line:
    name: str
    details: list[str]
    link: str
    is_deleted: bool = False


@dataclass(frozen=True)
class Lines:
    """`more` is the address of the list with all hits, empty if all are shown."""

    key: str
    title: str
    icon: str
    lines: list[Line]
    more: str = ""


def found(request: HttpRequest, text: str, most: int) -> list[Lines]:
    """The best hits of what the user may see, then the pages of the menu."""
    kinds = [kind for kind, shown in KINDS.items() if may(request.user, shown.permission)]
    groups = [_lines(group, text) for group in find(scope_of(request.user), text, kinds, most)]
    pages = list(_pages(request, text))
    return [*groups, Lines("page", _("Pages"), "menu", pages)] if pages else groups


def _lines(group: Group, text: str) -> Lines:
    shown = KINDS[group.kind]
    more = f"{reverse(f'admin:{shown.model}_changelist')}?{urlencode({'q': text})}"
    lines = [_line(hit, group.kind, shown) for hit in group.hits]
    return Lines(group.kind, str(shown.title), shown.icon, lines, more if group.is_cut else "")


def _line(hit: Hit, kind: Kind, shown: Shown) -> Line:
    link = reverse(f"admin:{shown.model}_change", args=(hit.pk,))
    name = _("Job %(id)s") % {"id": hit.pk} if kind is Kind.JOB else masked(hit.name)
    status = str(JobRun.Status(hit.job_status).label) if hit.job_status else ""
    details = (masked(hit.workflow), hit.customer, hit.zuora_id, hit.job_kind, status)
    return Line(
        name or hit.zuora_id, [detail for detail in details if detail], link, hit.is_deleted
    )


def _pages(request: HttpRequest, text: str) -> Iterator[Line]:
    wanted = " ".join(text.split()).casefold()
    for page in navigation.pages(request):
        if wanted and wanted in str(page.title).casefold():
            yield Line(str(page.title), [], reverse(page.url_name))
