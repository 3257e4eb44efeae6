"""How the long lists are sorted: always along an index."""

from typing import Any

from django.db.models import OrderBy, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList


class LongChangeList(ChangeList):
    """Equals are told apart by the key in the same direction as the rest, as the indexes are."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        ordering: list[Any] = super().get_ordering(request, queryset)
        if ordering[-1] == "-pk" and not _is_descending(ordering[0]):
            ordering[-1] = "pk"
        return ordering


def _is_descending(order: Any) -> bool:
    return order.descending if isinstance(order, OrderBy) else str(order).startswith("-")
