"""The tabs of a workflow's page. Each has an address: `?tab=graph`, for a stored version
`?tab=graph&version=7`.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.scope import may

OVERVIEW, GRAPH, TASKS, JSON, HISTORY, JOBS = (
    "overview",
    "graph",
    "tasks",
    "json",
    "history",
    "jobs",
)
_TITLES: dict[str, Promise | str] = {
    OVERVIEW: _("Overview"),
    GRAPH: _("Graph"),
    TASKS: _("Tasks"),
    JSON: "JSON",
    HISTORY: _("History"),
    JOBS: _("Jobs"),
}
# Addresses from before there were tabs. Their fragments are mapped by tabs.js.
_TAB_OF_PARAMETER = {"at": JSON, "version": GRAPH, "before": HISTORY}


@dataclass(frozen=True)
class Tab:
    title: Promise | str
    url: str
    is_shown: bool


def shown_tab(request: HttpRequest) -> str:
    """`?tab=`; *Overview* for a tab that does not exist or that the user may not open."""
    wanted = request.GET.get("tab")
    if wanted is None:
        implied = (tab for name, tab in _TAB_OF_PARAMETER.items() if name in request.GET)
        wanted = next(implied, OVERVIEW)
    return wanted if wanted in _allowed(request) else OVERVIEW


def tabs_of(request: HttpRequest, version: int | None) -> list[Tab]:
    """The tabs that the user may open, all of the same version."""
    shown = shown_tab(request)
    return [Tab(_TITLES[name], tab_url(name, version), name == shown) for name in _allowed(request)]


def tab_url(tab: str, version: int | None = None, **others: str) -> str:
    """Relative to the page of the workflow; `version` is the key of a stored export."""
    query = {"tab": tab, **({"version": str(version)} if version else {}), **others}
    return f"?{urlencode(query)}"


def _allowed(request: HttpRequest) -> list[str]:
    sees_jobs = may(request.user, "jobs.view_jobrun")
    return [name for name in _TITLES if sees_jobs or name != JOBS]
