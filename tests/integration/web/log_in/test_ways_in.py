"""The log-in page, and what lets a user in where passwords are switched off."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from workflow_mirror.access.accounts import add_user
from workflow_mirror.access.groups import ADMINISTRATORS
from workflow_mirror.access.log_in_links import make_link
from workflow_mirror.web.log_in.backends import LINK_BACKEND, PROVIDER_BACKEND

from .conftest import Idp, is_in, log_in

PASSWORD = "a-long-password-of-the-tests"
PASSWORDS = "django.contrib.auth.backends.ModelBackend"
ITALIAN = {"accept-language": "it"}


@pytest.fixture
def without_passwords(idp: Idp, settings: Any) -> None:
    """As settings.py does it for ZWM_LOCAL_LOGIN=0."""
    settings.ZWM_LOCAL_LOGIN = False
    settings.AUTHENTICATION_BACKENDS = [
        "axes.backends.AxesStandaloneBackend", PROVIDER_BACKEND, LINK_BACKEND,
    ]  # fmt: skip


def login_page(query: str = "", **headers: str) -> str:
    return Client(headers=headers).get(f"/admin/login/{query}").content.decode()


def test_without_a_provider_the_page_asks_for_a_password_alone(db: None) -> None:
    assert "/log-in/sso/" not in login_page()
    assert 'name="password"' in login_page()


def test_a_wrong_password_is_said_in_plain_words(db: None) -> None:
    answer = Client().post("/admin/login/", {"username": "ada", "password": "wrong"})
    assert "Wrong username or password." in answer.content.decode()
    assert "staff" not in answer.content.decode()


def test_with_a_provider_the_page_offers_both_in_both_languages(idp: Idp) -> None:
    page = login_page("?next=/admin/jobs/jobrun/%3Fq%3Da%26b")
    assert 'name="password"' in page
    assert 'href="/log-in/sso/?next=%2Fadmin%2Fjobs%2Fjobrun%2F%3Fq%3Da%26b"' in page
    assert "Log in with Example ID" in page
    assert "Accedi con Example ID" in login_page(**ITALIAN)


def test_without_passwords_the_page_offers_the_provider_alone(without_passwords: None) -> None:
    page = login_page()
    assert 'name="password"' not in page
    assert "Log in with Example ID" in page


def test_without_passwords_a_password_lets_nobody_in(without_passwords: None) -> None:
    add_user("bea", groups=[ADMINISTRATORS], customers=None, password=PASSWORD)
    browser = Client()
    typed = {"username": "bea", "password": PASSWORD}
    assert browser.post("/admin/login/", typed).status_code == 200
    assert not is_in(browser)
    assert authenticate(RequestFactory().post("/"), **typed) is None


def test_switching_passwords_off_ends_the_sessions_that_they_began(idp: Idp, settings: Any) -> None:
    add_user("bea", groups=[ADMINISTRATORS], customers=None, password=PASSWORD)
    local, of_provider = Client(), Client()
    local.post("/admin/login/", {"username": "bea", "password": PASSWORD})
    log_in(of_provider, idp)
    assert (is_in(local), is_in(of_provider)) == (True, True)
    settings.AUTHENTICATION_BACKENDS = [
        one for one in settings.AUTHENTICATION_BACKENDS if one != PASSWORDS
    ]
    assert (is_in(local), is_in(of_provider)) == (False, True)


def test_without_passwords_a_one_time_link_is_a_way_back_in(without_passwords: None) -> None:
    bea = add_user("bea", groups=[ADMINISTRATORS], customers=None)
    path = urlsplit(make_link(bea, "http://testserver")).path
    browser = Client()
    form = browser.get(path)["Location"]
    page = browser.get(form).content.decode()
    assert "new_password1" not in page
    assert browser.post(form).status_code == 302
    assert is_in(browser)
    assert browser.get("/admin/auth/user/").status_code == 200
    assert not User.objects.get(username="bea").has_usable_password()
    again = Client()
    assert again.get(path).status_code == 200
    assert not is_in(again)
