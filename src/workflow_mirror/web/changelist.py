"""The rows of a list page."""

from django.http import HttpRequest
from unfold.views import ChangeList


class MirrorChangeList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            # Nothing is left out, so Unfold need not offer to show everything.
            self.full_result_count = self.result_count
