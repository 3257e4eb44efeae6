"""Asking for syncs from a page, and saying what became of it."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.access.scope import may
from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.requests import Answer, Options, request_syncs
from workflow_mirror.web.kit.actions import NothingToDo


def question_for_all(customers: QuerySet[Customer]) -> str:
    number = customers.count()
    if not number:
        return NothingToDo(_("No active customers to sync."))
    question = ngettext(
        "Queue a sync for %d active customer?",
        "Queue a sync for all %d active customers?",
        number,
    )
    return question % number


def queue_syncs(
    request: HttpRequest, customers: list[Customer], options: Options | None = None
) -> None:
    """The caller has made sure that the user may sync them."""
    if not customers:
        messages.warning(request, _("No customers to sync."))
        return
    asker = request.user.get_username()
    tell_queued(request, request_syncs(customers, requested_by=asker, options=options))


def tell_queued(request: HttpRequest, answer: Answer) -> None:
    joined = sum(job.joined for job in answer.jobs)
    if queued := len(answer.jobs) - joined:
        text = ngettext("%d sync queued.", "%d syncs queued.", queued) % queued
        messages.success(request, _with_link(request, text, answer))
    if joined:
        text = ngettext(
            "%d already queued; your request was merged.",
            "%d already queued; your requests were merged.",
            joined,
        )
        messages.info(request, _with_link(request, text % joined, answer))


def _with_link(request: HttpRequest, text: str, answer: Answer) -> str:
    if not may(request.user, "jobs.view_jobrun"):
        return text
    if len(answer.jobs) == 1:
        link = reverse("admin:jobs_jobrun_change", args=(answer.jobs[0].id,))
        label = _("View job")
    else:
        link, label = reverse("admin:jobs_jobrun_changelist"), _("View jobs")
    return format_html('{} <a href="{}" class="font-semibold underline">{}</a>', text, link, label)
