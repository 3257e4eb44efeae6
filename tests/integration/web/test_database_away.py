"""Pages while the database is away or read-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from structlog.testing import capture_logs

from workflow_mirror.access.groups import ADMINISTRATORS

from .conftest import BACKEND, PASSWORD, MakeUser
from .made_world import World, make_world
from .test_every_url import TABLE, told
from .urls import URLS, typed_into

pytestmark = [pytest.mark.every_page, pytest.mark.usefixtures("transactional_db")]

WORDS = {
    "en": ("Database not available", "read-only at the moment"),
    "it": ("Database non disponibile", "sola lettura al momento"),
}


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def browser(make_user: MakeUser, world: World) -> Client:
    opened = Client(raise_request_exception=False)
    opened.force_login(make_user("ada", ADMINISTRATORS), backend=BACKEND)
    return opened


@contextmanager
def database_away() -> Iterator[None]:
    connection.close()
    with patch.dict(connection.settings_dict, HOST="/nowhere"):
        yield
    connection.close()


@contextmanager
def database_read_only() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        connection.close()


def test_every_page_says_that_the_database_is_away(world: World, browser: Client) -> None:
    addresses = [url.address(world.rossi, world) for name, url in URLS.items() if name != "/"]
    with database_away():
        answers = {address: browser.get(address) for address in addresses}
    assert {address for address, answer in answers.items() if answer.status_code != 503} == set()
    for answer in answers.values():
        text = answer.content.decode()
        assert "Traceback" not in text
        assert "OperationalError" not in text
        assert int(answer["Retry-After"]) > 0
        assert answer["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["en", "it"])
def test_it_is_said_in_the_browsers_language_and_our_colours(
    browser: Client, language: str
) -> None:
    with database_away():
        page = browser.get("/admin/", headers={"accept-language": language}).content.decode()
    assert WORDS[language][0] in page
    assert "/web/css/web." in page


def test_live_updates_get_it_as_json(browser: Client) -> None:
    with database_away():
        answer = browser.get("/admin/jobs/jobrun/live/", headers={"accept": "application/json"})
    assert answer.status_code == 503
    assert set(answer.json()) == {"error"}


@pytest.mark.usefixtures("world")
def test_the_log_in_page_and_static_files_are_served_without_a_database() -> None:
    stranger = Client(raise_request_exception=False)
    with database_away():
        assert stranger.get("/static/web/js/web.js").status_code == 200
        assert stranger.get("/admin/login/").status_code == 200
        typed = {"username": "ada", "password": PASSWORD}
        assert stranger.post("/admin/login/", typed).status_code == 503


def test_the_log_has_one_line_and_no_stack_trace(
    browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as entries, database_away():
        browser.get("/admin/")
    assert [entry["path"] for entry in entries if entry["log_level"] == "error"] == ["/admin/"]
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_every_page_can_be_read_where_nothing_can_be_written(world: World, browser: Client) -> None:
    with database_read_only():
        answers = {name: browser.get(url.address(world.rossi, world)) for name, url in URLS.items()}
        found = {name: told(answer) for name, answer in answers.items()}
    for answer in answers.values():
        answer.close()
    wanted = {name: cells["administrator"].partition("/")[0] for name, cells in TABLE.items()}
    # A download that cannot be recorded is refused.
    wanted["workflows_workflow_zip"] = "503"
    assert found == wanted


@pytest.mark.parametrize("language", ["en", "it"])
def test_every_action_says_that_nothing_can_be_changed(
    world: World, browser: Client, language: str
) -> None:
    # Those of allauth need what an earlier page has written to the session.
    writing = [
        name
        for name, cells in TABLE.items()
        if cells["administrator"].endswith("*") and not name.startswith("mfa_")
    ]
    with database_read_only():
        for name in writing:
            answer = browser.post(
                URLS[name].address(world.rossi, world),
                typed_into(URLS[name], world.rossi),
                headers={"accept-language": language},
            )
            assert answer.status_code == 503, name
            assert WORDS[language][1] in answer.content.decode(), name


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_log_in_says_that_nothing_can_be_changed(world: World, password: str) -> None:
    User.objects.filter(username="ugo").update(password=User.objects.get().password)
    with database_read_only():
        answer = Client(raise_request_exception=False).post(
            "/admin/login/", {"username": "ugo", "password": password}
        )
    assert answer.status_code == 503


def test_another_error_is_no_matter_of_the_database(browser: Client) -> None:
    with patch("workflow_mirror.web.dashboard.page.dashboard", side_effect=KeyError("secret")):
        answer = browser.get("/admin/")
    assert answer.status_code == 500
    assert "server log" in answer.content.decode()
    assert "secret" not in answer.content.decode()
