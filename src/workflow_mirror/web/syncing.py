"""Asking for syncs from a page, and saying what became of it."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.requests import Answer, request_syncs
from workflow_mirror.web.access import may


def queue_syncs(request: HttpRequest, customers: list[Customer]) -> None:
    """The caller has made sure that the user may sync them."""
    if not customers:
        messages.warning(request, _("There is no customer to sync."))
        return
    tell_queued(request, request_syncs(customers, requested_by=request.user.get_username()))


def tell_queued(request: HttpRequest, answer: Answer) -> None:
    joined = sum(job.joined for job in answer.jobs)
    if queued := len(answer.jobs) - joined:
        text = ngettext("%d sync is queued.", "%d syncs are queued.", queued) % queued
        messages.success(request, _with_link(request, text, answer))
    if joined:
        text = ngettext(
            "%d sync was queued already; yours joins it.",
            "%d syncs were queued already; yours join them.",
            joined,
        )
        messages.info(request, _with_link(request, text % joined, answer))


def _with_link(request: HttpRequest, text: str, answer: Answer) -> str:
    if not may(request.user, "jobs.view_jobrun"):
        return text
    if len(answer.jobs) == 1:
        link = reverse("admin:jobs_jobrun_change", args=(answer.jobs[0].id,))
        label = _("See the job")
    else:
        link, label = reverse("admin:jobs_jobrun_changelist"), _("See the jobs")
    return format_html('{} <a href="{}" class="font-semibold underline">{}</a>', text, link, label)
