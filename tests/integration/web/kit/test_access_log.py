"""The access log: one line for each request, without secrets, and without asking the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.integration.web.conftest import MakeUser
from workflow_mirror.access.log_in_links import make_link
from workflow_mirror.web.kit.access_log import LONGEST_PATH, access_log, shown_path

pytestmark = pytest.mark.usefixtures("transactional_db")

NAME = "workflow_mirror.web.kit.access_log.access_log"
# Parameters of addresses that name a row, a list or a file.
HARMLESS = {
    "app_label", "content_hash", "content_type_id", "digest", "export", "from_field", "key",
    "id", "model_name", "object_id", "path", "pk", "task", "task_id", "uidb64", "url", "version",
    "export_id",
}  # fmt: skip


@pytest.fixture
def lines(settings: Settings) -> Iterator[list[EventDict]]:
    settings.MIDDLEWARE = [NAME, *settings.MIDDLEWARE]
    with capture_logs() as events:
        yield events


def only(lines: list[EventDict]) -> list[EventDict]:
    return [line for line in lines if line["event"] == "Request"]


def test_a_request_is_one_line_with_the_user_and_without_the_query(
    lines: list[EventDict], make_user: MakeUser
) -> None:
    user = make_user("ada", "Viewers")
    browser = Client()
    browser.force_login(user)
    lines.clear()
    browser.get("/admin/workflows/workflow/?q=hidden", headers={"X-Secret": "hidden"})
    [line] = only(lines)
    assert (line["method"], line["path"]) == ("GET", "/admin/workflows/workflow/")
    assert (line["status"], line["user_id"]) == (200, user.pk)
    assert isinstance(line["ms"], int)
    assert "hidden" not in str(lines)


def test_a_log_in_has_its_user_and_a_log_out_has_none_afterwards(
    lines: list[EventDict], make_user: MakeUser
) -> None:
    user = make_user("ada", "Viewers")
    user.set_password("hidden-hidden-hidden")
    user.save()
    browser = Client()
    browser.post("/admin/login/", {"username": "ada", "password": "hidden-hidden-hidden"})
    browser.post("/admin/logout/")
    log_in = only(lines)[0]
    assert (log_in["status"], log_in["user_id"]) == (302, user.pk)
    assert only(lines)[-1]["user_id"] is None
    assert "hidden" not in str(lines)


def test_a_probe_and_a_missing_page_are_lines_without_a_user(lines: list[EventDict]) -> None:
    Client().get("/healthz")
    Client().get("/no/such/page")
    found = [(one["path"], one["status"], one["user_id"]) for one in only(lines)]
    assert found == [("/healthz", 200, None), ("/no/such/page", 404, None)]


@pytest.mark.parametrize("change", ["{}", "{}x", "{} ", "x{}"])
def test_a_one_time_link_is_not_logged_also_if_it_is_mistyped(
    lines: list[EventDict], make_user: MakeUser, change: str
) -> None:
    path = make_link(make_user("ada", "Viewers"), "").rstrip("/")
    Client().get(change.format(path) if change != "x{}" else f"/x{path}")
    Client().get(f"{path}/")
    secret = path.rsplit("/", 1)[-1]
    assert len(only(lines)) == 2
    assert secret not in str(lines)


def test_the_log_asks_the_database_nothing() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    request: Any = HttpRequest()
    request.path, request.method = "/admin/", "GET"
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        capture_logs() as events,
    ):
        access_log(view)(request)
    assert len(queries) == 0
    assert events[0]["user_id"] is None


@given(st.text(max_size=2_000))
def test_whatever_follows_a_log_in_is_hidden(text: str) -> None:
    shown = shown_path(f"/log-in/{text}")
    assert shown in {"/log-in/***", f"/log-in/{text}"[:LONGEST_PATH]}
    assert shown == "/log-in/***" or text.lower().startswith("sso/")


def test_every_parameter_of_an_address_is_harmless_or_hidden() -> None:
    """A new address with a secret fails here until the log hides it."""
    found = {
        name
        for pattern in walk(get_resolver().url_patterns)
        for name in pattern.pattern.regex.groupindex
        if not str(pattern.pattern).startswith("<uidb64>/<token>")
    }
    assert found <= HARMLESS


def walk(patterns: list[Any]) -> Iterator[URLPattern]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from walk(one.url_patterns)
        else:
            yield one


def test_it_is_off_unless_it_is_turned_on() -> None:
    assert NAME not in django_settings.MIDDLEWARE
    assert django_settings.ZWM_ACCESS_LOG is False
