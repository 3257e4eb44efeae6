"""Error pages are inside the product for who is logged in, and there is always one."""

import pytest
from django.test import Client

from workflow_mirror.web.kit import navigation

MENU = b'id="nav-sidebar"'


def test_pages_not_found_or_forbidden_have_the_menu(viewer: Client) -> None:
    for address, status, text in (
        ("/admin/nowhere/", 404, b"This page doesn&#x27;t exist"),
        ("/nowhere/", 404, b"This page doesn&#x27;t exist"),
        ("/admin/customers/customer/add/", 403, b"Ask an administrator for access."),
    ):
        answer = viewer.get(address)
        assert answer.status_code == status
        assert text in answer.content
        assert MENU in answer.content


def test_who_is_not_logged_in_gets_no_menu(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert MENU not in answer.content
    assert b"This page doesn&#x27;t exist" in answer.content


def test_a_form_without_its_token_is_told_so(viewer: Client) -> None:
    viewer.handler.enforce_csrf_checks = True
    answer = viewer.post("/account/", {})
    assert answer.status_code == 403
    assert b"Form expired" in answer.content
    assert MENU in answer.content


def test_a_page_that_fails_has_the_menu(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("workflow_mirror.web.find.page.found", fail)
    viewer.raise_request_exception = False
    answer = viewer.get("/find/?q=dunning")
    assert answer.status_code == 500
    assert b"The server log has the details." in answer.content
    assert MENU in answer.content


def test_a_menu_that_fails_leaves_a_page(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(navigation, "may", fail)
    viewer.raise_request_exception = False
    answer = viewer.get("/find/?q=dunning")
    assert answer.status_code == 500
    assert b"The server log has the details." in answer.content
    assert MENU not in answer.content
