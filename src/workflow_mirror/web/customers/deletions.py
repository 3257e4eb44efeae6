"""Deletions that a sync refused because they were too many, and allowing them."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import unresolved_of_customer
from workflow_mirror.sync.stale import refused_ids
from workflow_mirror.web.kit.actions import NothingToDo
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import workflows_in


@dataclass(frozen=True)
class Missing:
    """The workflows that were missing from Zuora's list: `count`, of which some are `known`."""

    count: int
    known: list[Workflow]

    @property
    def more(self) -> int:
        return self.count - len(self.known)


def missing_in(request: HttpRequest, run: JobRun) -> Missing | None:
    """None unless the job failed because it would mark too many workflows as deleted."""
    details = run.error_details
    ids = refused_ids(details)
    if ids is None or details is None:
        return None
    if not may(request.user, "workflows.view_workflow"):
        ids = []
    found = workflows_in(scope_of(request.user)).filter(
        customer=run.customer_id, zuora_id__in=ids, deleted_at=None
    )
    known = list(found.only("name", "zuora_id").order_by("name", "pk"))
    return Missing(int(details["facts"]["missing"]), known)


def refused_deletions(request: HttpRequest, customer: Customer) -> Missing | None:
    """What the customer's latest failed sync did not delete; None once a sync has succeeded."""
    failed = unresolved_of_customer(scope_of(request.user), customer.pk)
    found = (missing_in(request, run) for run in failed)
    return next((missing for missing in found if missing), None)


def question_about_deletions(request: HttpRequest, customer: Customer) -> str:
    missing = refused_deletions(request, customer)
    if missing is None:
        return NothingToDo(_("No sync of this customer was refused."))
    question = ngettext(
        "Queue a sync that may mark %d missing workflow as deleted?",
        "Queue a sync that may mark all %d missing workflows as deleted?",
        missing.count,
    )
    return format_html(
        "<p>{} {}</p>{}",
        question % missing.count,
        _(
            "The sync first requests each one from Zuora by its ID, and marks it only if Zuora no"
            " longer has it. Its last copy is kept."
        ),
        render_to_string("web/customers/missing.html", {"missing": missing}),
    )
