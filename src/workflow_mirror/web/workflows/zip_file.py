"""The exports of many workflows as one ZIP."""

from collections.abc import Generator, Iterable

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.web.kit.downloads import stream_made
from workflow_mirror.workflows.archive.exports import exports_of_all, keys_of
from workflow_mirror.workflows.archive.manifest import Manifest
from workflow_mirror.workflows.archive.zip import zip_chunks
from workflow_mirror.workflows.models import Workflow


def zip_answer(request: HttpRequest, workflows: QuerySet[Workflow]) -> StreamingHttpResponse:
    """The list is read now, so that a database that is away is an error page."""
    return stream_made(
        request,
        _chunks(scope_of(request.user), keys_of(workflows)),
        content_type="application/zip",
        file_name=f"exports-{timezone.now():%Y-%m-%d}.zip",
    )


def _chunks(scope: Scope, keys: Iterable[int]) -> Generator[bytes]:
    with Manifest() as manifest:
        yield from zip_chunks(exports_of_all(scope, keys), manifest)
