"""The warning that jobs wait and no worker is running: its only text and its only rule."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.web.kit import navigation

NO_WORKER = _("No worker is running. Queued jobs start when one does.")


def no_worker_warning(request: HttpRequest) -> str:
    """HTML; empty unless a job that the user may see waits while no worker is alive."""
    if not navigation.queued_jobs(request) or alive_workers():
        return ""
    return render_to_string("unfold/helpers/messages/warning.html", {"message": NO_WORKER})
