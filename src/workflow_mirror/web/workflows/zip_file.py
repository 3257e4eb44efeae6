"""The exports of many workflows as one ZIP."""

from collections.abc import Generator, Iterable

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from workflow_mirror.access.scope import scope_of
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record
from workflow_mirror.web.kit.downloads import stream_made
from workflow_mirror.web.kit.reveal import may_reveal
from workflow_mirror.workflows.archive.exports import (
    Found,
    exports_of_all,
    keys_of,
    without_secrets,
)
from workflow_mirror.workflows.archive.manifest import Manifest
from workflow_mirror.workflows.archive.zip import zip_chunks
from workflow_mirror.workflows.models import Workflow


def zip_answer(request: HttpRequest, workflows: QuerySet[Workflow]) -> StreamingHttpResponse:
    """The list is read now, so that a database that is away is an error page.

    Without the permission to reveal secrets, exports that hold some are left out; the manifest says
    so.
    """
    keys, with_secrets = keys_of(workflows), may_reveal(request)
    target, query = f"{len(keys)} workflows", request.GET.urlencode()
    record(Action.EXPORTS_DOWNLOADED, target, list=query, with_secrets=with_secrets)
    exports = exports_of_all(scope_of(request.user), keys)
    return stream_made(
        request,
        _chunks(exports if with_secrets else without_secrets(exports)),
        content_type="application/zip",
        file_name=f"exports-{timezone.now():%Y-%m-%d}.zip",
    )


def _chunks(exports: Iterable[Found]) -> Generator[bytes]:
    with Manifest() as manifest:
        yield from zip_chunks(exports, manifest)
