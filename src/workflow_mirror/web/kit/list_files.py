"""Lists that can be downloaded as CSV and XLSX."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from workflow_mirror.web.kit.downloads import Row, Write, download, write_csv, write_xlsx
from workflow_mirror.web.kit.lists import LongListAdmin
from workflow_mirror.workflows.columns import Column


class ListWithFiles(LongListAdmin):
    """What the list shows with the same parameters: the list itself tells which rows.

    The links to the files are in web/export_links.html.
    """

    file_name: str
    file_columns: tuple[Column, ...]

    def file_rows(self, shown: QuerySet[Any]) -> Iterable[Row]:
        """A value for each of `file_columns`."""
        raise NotImplementedError

    def get_custom_urls(self) -> Any:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return (("csv/", f"{name}_csv", self.csv), ("xlsx/", f"{name}_xlsx", self.xlsx))

    def csv(self, request: HttpRequest, model_admin: Any) -> HttpResponseBase:
        return self._file(request, write_csv, "csv")

    def xlsx(self, request: HttpRequest, model_admin: Any) -> HttpResponseBase:
        return self._file(request, write_xlsx, "xlsx")

    def shown_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows that the list shows, on all its pages. Raises PermissionDenied, BadRequest."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown: QuerySet[Any] = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        return shown

    def _file(self, request: HttpRequest, write: Write, suffix: str) -> HttpResponseBase:
        shown = self.shown_rows(request)
        return download(
            request,
            write=write,
            titles=[_title(column) for column in self.file_columns],
            rows=self.file_rows(shown),
            file_name=f"{self.file_name}-{timezone.now():%Y-%m-%d}.{suffix}",
        )


def _title(column: Column) -> str:
    return f"{column.label} (UTC)" if column.kind is datetime else str(column.label)
