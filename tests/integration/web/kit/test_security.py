"""Headers and cookies."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "a-long-password-of-the-tests"
PAGES = (
    "/admin/",
    "/admin/customers/customer/",
    "/admin/customers/customer/add/",
    "/admin/auth/user/",
)


def policy(browser: Client, address: str) -> dict[str, str]:
    header = browser.get(address)["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


@pytest.mark.parametrize("address", ["/admin/login/", "/static/web/js/web.js", "/nowhere/", *PAGES])
def test_every_answer_has_the_policy(administrator: Client, address: str) -> None:
    found = policy(administrator, address)
    assert found["default-src"] == "'none'"
    assert found["script-src"] == "'self' 'unsafe-eval'"
    assert found["style-src-elem"] == "'self'"
    assert found["base-uri"] == "'none'"


@pytest.mark.parametrize("address", ["/admin/login/", *PAGES])
def test_no_page_has_inline_code_that_the_policy_would_refuse(
    administrator: Client, address: str
) -> None:
    page = administrator.get(address).content.decode()
    inline = re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))[^>]*>", page)
    assert inline == []
    assert "<style" not in page
    assert re.findall(r"\son(?:click|change|input|submit|load)=", page) == []


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_for_https_alone_where_https_serves_them(
    make_user: object,
    secure: bool,  # noqa: FBT001 - a parameter
) -> None:
    make_user("otto")  # type: ignore[operator]
    browser = Client()
    scheme = "https" if secure else "http"
    typed = {"username": "otto", "password": PASSWORD}
    answer = browser.post("/admin/login/", typed, secure=secure)
    assert User.objects.get().last_login, scheme
    lasting = answer.headers.get("Strict-Transport-Security")
    assert lasting == ("max-age=31536000" if secure else None)
    for name in ("sessionid", "csrftoken"):
        cookie = answer.cookies[name]
        assert bool(cookie["secure"]) is secure
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_a_host_that_is_not_allowed_is_refused(db: None) -> None:
    assert Client(headers={"host": "evil.example"}).get("/admin/login/").status_code == 400


def test_static_files_are_served_whole_with_their_type(db: None) -> None:
    answer = Client().get("/static/web/js/web.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"data-post" in answer.content
