"""The side menu: the pages that the user may open, with counts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import current_counts

Status = JobRun.Status
type Text = str | Promise


@dataclass(frozen=True)
class Page:
    """`permission` "" is for everybody; `badge` gives a number or text, empty for none."""

    title: Text
    icon: str
    url_name: str
    permission: str = ""
    badge: Callable[[HttpRequest], Any] | None = None
    badge_variant: str = "info"


def queued_jobs(request: HttpRequest) -> int:
    counts = _job_counts(request)
    return counts.get(Status.WAITING, 0) + counts.get(Status.RETRYING, 0)


def running_jobs(request: HttpRequest) -> int:
    return _job_counts(request).get(Status.RUNNING, 0)


def failed_jobs(request: HttpRequest) -> int:
    return _job_counts(request).get(Status.FAILED, 0)


GROUPS: tuple[tuple[Text, tuple[Page, ...]], ...] = (
    (
        _("Mirror"),
        (
            Page(_("Dashboard"), "dashboard", "admin:index"),
            Page(_("Search"), "search", "search_page", "workflows.view_workflow"),
            Page(
                _("Customers"),
                "apartment",
                "admin:customers_customer_changelist",
                "customers.view_customer",
            ),
            Page(
                _("Workflows"),
                "account_tree",
                "admin:workflows_workflow_changelist",
                "workflows.view_workflow",
            ),
            Page(_("Tasks"), "task_alt", "admin:workflows_task_changelist", "workflows.view_task"),
            Page(_("Compare"), "compare_arrows", "compare_page", "workflows.view_workflow"),
            Page(
                _("Changes"),
                "history",
                "admin:history_workflowchange_changelist",
                "workflows.view_workflow",
            ),
            Page(
                _("Notifications"),
                "notifications",
                "admin:notifications_notificationrule_changelist",
                "notifications.view_notificationrule",
            ),
        ),
    ),
    (
        _("Jobs"),
        (
            Page(
                _("Jobs"),
                "sync",
                "admin:jobs_jobrun_changelist",
                "jobs.view_jobrun",
                running_jobs,
            ),
            Page(
                _("Jobs Waiting"),
                "hourglass_empty",
                "admin:web_waitingjob_changelist",
                "jobs.view_jobrun",
                queued_jobs,
            ),
            Page(
                _("Failed Jobs"),
                "error",
                "admin:web_failedjob_changelist",
                "jobs.view_jobrun",
                failed_jobs,
                "danger",
            ),
            Page(
                _("Job Batches"),
                "stacks",
                "admin:jobs_jobbatch_changelist",
                "jobs.view_jobbatch",
            ),
            Page(
                _("Schedules"),
                "schedule",
                "admin:schedules_schedule_changelist",
                "schedules.view_schedule",
            ),
            Page(
                _("Workers"),
                "memory",
                "admin:jobs_workerprocess_changelist",
                "jobs.view_workerprocess",
            ),
        ),
    ),
    (
        _("People"),
        (
            Page(_("Users"), "person", "admin:auth_user_changelist", "auth.view_user"),
            Page(_("Groups"), "group", "admin:auth_group_changelist", "auth.view_group"),
            Page(
                _("Audit Log"),
                "key",
                "admin:audit_auditevent_changelist",
                "audit.view_auditevent",
            ),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu in the form that Unfold takes."""
    groups = (
        {"title": title, "separator": True, "items": [_item(page, request) for page in open_pages]}
        for title, pages in GROUPS
        if (open_pages := [page for page in pages if _is_open(page, request)])
    )
    return list(groups)


def pages(request: HttpRequest) -> list[Page]:
    """All pages of the menu that the user may open."""
    return [page for _title, group in GROUPS for page in group if _is_open(page, request)]


def _is_open(page: Page, request: HttpRequest) -> bool:
    return not page.permission or may(request.user, page.permission)


def _item(page: Page, request: HttpRequest) -> dict[str, Any]:
    return {
        "title": page.title,
        "icon": page.icon,
        "link": reverse(page.url_name),
        "badge": (page.badge(request) or "") if page.badge else "",
        "badge_variant": page.badge_variant,
    }


def _job_counts(request: HttpRequest) -> dict[str, int]:
    """One statement a request, whatever number of badges."""
    counts: dict[str, int] | None = getattr(request, "_job_counts", None)
    if counts is None:
        counts = current_counts(scope_of(request.user))
        request._job_counts = counts  # type: ignore[attr-defined]  # noqa: SLF001 - kept for the request
    return counts
