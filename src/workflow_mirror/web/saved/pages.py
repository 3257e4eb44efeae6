"""The pages whose views can be saved."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from workflow_mirror.web.models import SavedView


@dataclass(frozen=True)
class Page:
    """`permission` is that of the page itself: "app.codename"."""

    url_name: str
    permission: str


SEARCH = "search"
PAGES = {SEARCH: Page("search_page", "workflows.view_workflow")}


def address_of(view: "SavedView") -> str:
    return f"{reverse(PAGES[view.page].url_name)}?{view.query}"
