"""Doing something to many marked jobs, each with the checks of jobs.control."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from workflow_mirror.error_texts import in_our_language
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobRun

REASONS_TOLD = 5


def do_to_marked(request: HttpRequest, runs: QuerySet[JobRun], act: Callable[[int], object]) -> int:
    """The number of changed jobs; messages give the reasons for the others."""
    done, refused = control.for_each(list(runs.values_list("pk", flat=True)), act)
    reasons = Counter(map(in_our_language, refused)).most_common()
    for reason, _times in reasons[:REASONS_TOLD]:
        messages.error(request, reason)
    if (more := len(reasons) - REASONS_TOLD) > 0:
        messages.error(request, _("More errors: %(number)s") % {"number": more})
    return len(done)


def ask_about_marked(
    page: Any, request: HttpRequest, runs: QuerySet[JobRun], question: str
) -> HttpResponse | None:
    """A page that asks before an action on marked rows; None once the user has said yes."""
    if request.POST.get("confirmed"):
        return None
    return TemplateResponse(
        request,
        "web/jobs/confirm_marked.html",
        {
            **page.admin_site.each_context(request),
            "title": _("Are you sure?"),
            "question": question,
            "number": runs.count(),
            "action": request.POST["action"],
            "select_across": request.POST.get("select_across", "0"),
            "marked": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "back": request.get_full_path(),
            "opts": page.opts,
        },
    )
