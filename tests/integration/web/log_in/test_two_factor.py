"""Two-factor authentication of local accounts."""

import re
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from workflow_mirror.access.accounts import add_user, describe, find_user, remove_second_factor
from workflow_mirror.access.groups import ADMINISTRATORS, VIEWERS
from workflow_mirror.access.log_in_links import make_link
from workflow_mirror.access.models import UserAccess
from workflow_mirror.audit.actors import current
from workflow_mirror.audit.models import AuditEvent

from .conftest import Idp, is_in, log_in

PASSWORD = "a-long-password-of-the-tests"
HERE = "/admin/two-factor/"


@pytest.fixture(autouse=True)
def nobody_waits(db: None) -> None:
    cache.clear()


@pytest.fixture
def ada() -> User:
    return add_user("ada", groups=[ADMINISTRATORS], customers=None, password=PASSWORD)


def type_password(browser: Client, name: str = "ada", query: str = "") -> Any:
    typed = {"username": name, "password": PASSWORD}
    return browser.post(f"/admin/login/{query}", typed)


def code_of(secret: str, steps: int = 0) -> str:
    """What an app shows now, or 30 seconds later or earlier."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def turn_on(browser: Client) -> tuple[str, list[str]]:
    """The key and the recovery codes."""
    assert browser.get(f"{HERE}on/")["Location"].startswith(f"{HERE}password/")
    again = browser.post(f"{HERE}password/?next={HERE}on/", {"password": PASSWORD})
    assert again["Location"] == f"{HERE}on/"
    page = browser.get(f"{HERE}on/").content.decode()
    [secret] = re.findall(r">([A-Z2-7]{32})<", page)
    done = browser.post(f"{HERE}on/", {"code": code_of(secret)})
    assert done["Location"] == f"{HERE}codes/"
    codes = re.findall(r"<li>(\d{8})</li>", browser.get(f"{HERE}codes/").content.decode())
    return secret, codes


@pytest.fixture
def key(ada: User) -> tuple[str, list[str]]:
    browser = Client()
    type_password(browser)
    found = turn_on(browser)
    cache.clear()  # the code of the enrolment is used up
    return found


def test_a_log_in_needs_a_code_too(key: tuple[str, list[str]]) -> None:
    browser = Client()
    answer = type_password(browser, query="?next=/admin/auth/user/")
    assert answer["Location"] == f"{HERE}log-in/"
    assert not is_in(browser)
    assert browser.get(HERE).status_code == 302
    assert browser.post(f"{HERE}log-in/", {"code": "000000"}).status_code == 200
    assert not is_in(browser)
    done = browser.post(f"{HERE}log-in/", {"code": code_of(key[0])})
    assert done["Location"] == "/admin/auth/user/"
    assert is_in(browser)


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_the_clock_of_a_phone_may_differ_by_half_a_minute(
    key: tuple[str, list[str]],
    steps: int,
    is_right: bool,  # noqa: FBT001 - a parameter
) -> None:
    browser = Client()
    type_password(browser)
    while time.time() % 30 > 20:  # the code must not change between here and there
        time.sleep(0.5)
    browser.post(f"{HERE}log-in/", {"code": code_of(key[0], steps)})
    assert is_in(browser) is is_right


def test_a_code_works_once(key: tuple[str, list[str]]) -> None:
    code = code_of(key[0])
    for is_right in (True, False):
        browser = Client()
        type_password(browser)
        browser.post(f"{HERE}log-in/", {"code": code})
        assert is_in(browser) is is_right


def test_the_code_that_turned_it_on_does_not_log_in(ada: User) -> None:
    browser = Client()
    type_password(browser)
    while time.time() % 30 > 20:  # the code must not change between here and there
        time.sleep(0.5)
    secret, _codes = turn_on(browser)
    other = Client()
    type_password(other)
    other.post(f"{HERE}log-in/", {"code": code_of(secret)})
    assert not is_in(other)


def test_a_recovery_code_works_once(key: tuple[str, list[str]]) -> None:
    assert len(key[1]) == 10
    for is_right in (True, False):
        browser = Client()
        type_password(browser)
        browser.post(f"{HERE}log-in/", {"code": key[1][3]})
        assert is_in(browser) is is_right


def test_codes_cannot_be_guessed(key: tuple[str, list[str]]) -> None:
    """Five tries in five minutes for a user, from whichever browser."""
    for _ in range(5):
        browser = Client()
        type_password(browser)
        browser.post(f"{HERE}log-in/", {"code": "000000"})
    browser = Client()
    type_password(browser)
    page = browser.post(f"{HERE}log-in/", {"code": code_of(key[0])}).content.decode()
    assert "Too many failed login attempts" in page
    assert not is_in(browser)


def test_a_code_without_a_password_leads_to_the_log_in_page(key: tuple[str, list[str]]) -> None:
    for answer in (
        Client().get(f"{HERE}log-in/"),
        Client().post(f"{HERE}log-in/", {"code": code_of(key[0])}),
    ):
        assert answer["Location"] == "/admin/login/"


def test_a_one_time_link_does_not_replace_the_second_factor(key: tuple[str, list[str]]) -> None:
    browser = Client()
    form = browser.get(urlsplit(make_link(find_user("ada"), "http://testserver")).path)["Location"]
    new = {"new_password1": "another-long-password", "new_password2": "another-long-password"}
    assert browser.post(form, new)["Location"] == f"{HERE}log-in/"
    assert not is_in(browser)
    browser.post(f"{HERE}log-in/", {"code": code_of(key[0])})
    assert is_in(browser)


def test_the_key_is_stored_encrypted(key: tuple[str, list[str]]) -> None:
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert key[0] not in stored
    assert "gAAAA" in stored


def test_a_key_that_cannot_be_read_is_said_and_lets_nobody_in(
    key: tuple[str, list[str]], settings: Any
) -> None:
    settings.SECRET_KEY = "another-key-of-the-tests"
    browser = Client()
    type_password(browser)
    page = browser.post(f"{HERE}log-in/", {"code": code_of(key[0])}).content.decode()
    assert "second factor cannot be read" in page
    assert not is_in(browser)


def test_turning_it_on_and_off_is_in_the_audit_log(key: tuple[str, list[str]]) -> None:
    remove_second_factor(find_user("ada"))
    events = AuditEvent.objects.filter(action__startswith="two_factor").order_by("pk")
    assert [(one.action, one.actor, one.target) for one in events] == [
        ("two_factor_on", "ada", "ada"),
        ("two_factor_off", str(current()), "ada"),
    ]


def test_new_recovery_codes_and_the_use_of_one_are_in_the_audit_log(
    key: tuple[str, list[str]],
) -> None:
    _secret, codes = key
    browser = Client()
    type_password(browser)
    browser.post(f"{HERE}log-in/", {"code": codes[0]})
    assert is_in(browser)
    browser.get(f"{HERE}codes/")
    browser.post(f"{HERE}password/", {"password": PASSWORD})
    browser.post(f"{HERE}codes/new/")
    events = AuditEvent.objects.filter(action__startswith="recovery_code").order_by("pk")
    assert [(one.action, one.actor, one.target) for one in events] == [
        ("recovery_codes_made", "ada", "ada"),  # with the second factor
        ("recovery_code_used", "ada", "ada"),
        ("recovery_codes_made", "ada", "ada"),
    ]


def test_an_operator_of_the_server_can_remove_the_second_factor(
    key: tuple[str, list[str]],
) -> None:
    assert describe(find_user("ada"))["two_factor"] is True
    remove_second_factor(find_user("ada"))
    assert describe(find_user("ada"))["two_factor"] is False
    browser = Client()
    type_password(browser)
    assert is_in(browser)


def test_turning_it_off_needs_the_password_again(key: tuple[str, list[str]]) -> None:
    browser = Client()
    type_password(browser)
    browser.post(f"{HERE}log-in/", {"code": code_of(key[0])})
    assert browser.post(f"{HERE}off/")["Location"].startswith(f"{HERE}password/")
    assert Authenticator.objects.exists()
    browser.post(f"{HERE}password/", {"password": "wrong"})
    assert browser.post(f"{HERE}off/")["Location"].startswith(f"{HERE}password/")
    browser.post(f"{HERE}password/", {"password": PASSWORD})
    browser.post(f"{HERE}off/")
    assert not Authenticator.objects.exists()


def test_administrators_can_be_made_to_turn_it_on(ada: User, settings: Any) -> None:
    add_user("bea", groups=[VIEWERS], customers=None, password=PASSWORD)
    settings.ZWM_TWO_FACTOR = "administrators"
    viewer, browser = Client(), Client()
    type_password(viewer, "bea")
    assert is_in(viewer)
    type_password(browser)
    for page in ("/admin/", "/admin/auth/user/", "/search/", "/admin/jobs/jobrun/live/"):
        assert browser.get(page)["Location"] == HERE
    assert "must have two-factor authentication" in browser.get(HERE).content.decode()
    turn_on(browser)
    assert is_in(browser)
    assert browser.post(f"{HERE}off/").status_code == 200
    assert Authenticator.objects.filter(type="totp").exists()
    settings.ZWM_TWO_FACTOR = "everybody"
    assert viewer.get("/admin/")["Location"] == HERE


def test_users_of_the_provider_have_its_second_factor(idp: Idp, settings: Any) -> None:
    settings.ZWM_TWO_FACTOR = "everybody"
    browser = Client()
    log_in(browser, idp)
    assert is_in(browser)
    assert "up to your identity provider" in browser.get(HERE).content.decode()
    assert browser.get(f"{HERE}on/").status_code == 403


@pytest.mark.parametrize("page", ["", "on/", "off/", "codes/", "codes/new/", "password/", "code/"])
def test_nobody_else_sees_a_page(db: None, page: str) -> None:
    assert Client().get(f"{HERE}{page}")["Location"].startswith("/admin/login/")


def test_the_pages_are_in_italian_too(ada: User) -> None:
    browser = Client(headers={"accept-language": "it"})
    type_password(browser)
    assert "Autenticazione a due fattori" in browser.get(HERE).content.decode()
    browser.post(f"{HERE}password/?next={HERE}on/", {"password": PASSWORD})
    page = browser.get(f"{HERE}on/")
    assert page.context["form"].fields["code"].label == "Codice"


def test_the_pages_have_the_theme_of_the_account(ada: User) -> None:
    UserAccess.objects.filter(user=ada).update(theme="dark")
    browser = Client()
    assert "<html" in (page := browser.get("/admin/login/").content.decode())
    assert 'class="dark"' not in page
    type_password(browser)
    for name in ("", "password/"):
        assert 'class="dark"' in browser.get(f"{HERE}{name}").content.decode()
