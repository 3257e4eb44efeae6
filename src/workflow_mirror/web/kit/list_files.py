"""Lists can be downloaded as CSV and XLSX: what the list shows with the same parameters."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from workflow_mirror.web.kit.base import MirrorAdmin
from workflow_mirror.web.kit.downloads import Row, Write, download, write_csv, write_xlsx
from workflow_mirror.web.kit.file_columns import FileColumn, portions, values


class WithFiles(MirrorAdmin):
    """The links to the files are in web/export_links.html. Files have all columns."""

    file_name: str
    file_columns: tuple[FileColumn, ...]

    def file_rows(self, request: HttpRequest, shown: QuerySet[Any]) -> Iterable[Row]:
        """A value for each of `file_columns`."""
        for portion in portions(shown):
            yield from values(self.file_portion(request, portion), self.file_columns)

    def file_portion(self, request: HttpRequest, rows: tuple[Any, ...]) -> Iterable[Any]:
        """With what columns need of each row, looked up for many rows at once."""
        return rows

    def get_custom_urls(self) -> Any:
        name = self.page_key
        return (
            *super().get_custom_urls(),
            ("csv/", f"{name}_csv", self.csv),
            ("xlsx/", f"{name}_xlsx", self.xlsx),
        )

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
            titles=[column.title for column in self.file_columns],
            rows=self.file_rows(request, shown),
            file_name=f"{self.file_name}-{timezone.now():%Y-%m-%d}.{suffix}",
        )
