"""Rows of a list of jobs or batches, as they are now: live.js asks for those that have changed."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET
from unfold.templatetags.unfold_list import results

from workflow_mirror.web.kit.base import MirrorAdmin
from workflow_mirror.web.kit.live import row_ids


class WithLiveRows(MirrorAdmin):
    """`rows/` with the parameters of the list and `ids`."""

    def completed(self, request: HttpRequest, rows: list[Any]) -> list[Any]:
        """Rows with what the list's columns need in addition to the row itself."""
        return rows

    def get_custom_urls(self) -> Any:
        return (*super().get_custom_urls(), ("rows/", f"{self.page_key}_rows", self.live_rows))

    @method_decorator(require_GET)
    def live_rows(self, request: HttpRequest, model_admin: Any) -> JsonResponse:
        """`rows`: the HTML of each row of `ids` in the user's scope, whether or not it still
        matches the filters. `shown`: the IDs that the list itself would show now.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = row_ids(request, "ids")
        of_list = request.GET.copy()
        of_list.pop("ids", None)
        request.GET = of_list  # type: ignore[assignment]  # immutable, as the stubs want
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        shown = [row.pk for row in changelist.result_list]
        found = self.get_queryset(request).filter(pk__in=ids) if ids else []
        changelist.result_list = self.completed(request, list(found))
        return JsonResponse({"rows": _html(changelist), "shown": shown})


def _html(changelist: Any) -> dict[int, str]:
    return {
        row.instance.pk: render_to_string("web/lists/row.html", {"cl": changelist, "result": row})
        for row in results(changelist)
    }
