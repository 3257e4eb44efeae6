"""An identity provider in a process of its own, and a browser that logs in with it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.identity_provider_process import ADA, Idp, running_provider, use_provider

__all__ = ("ADA", "Idp")


@pytest.fixture(scope="session")
def idp_process() -> Iterator[str]:
    with running_provider() as address:
        yield address


@pytest.fixture
def idp(idp_process: str, settings: Any, db: None) -> Idp:
    return use_provider(settings, idp_process)


def callback_of(browser: Client, idp: Idp, query: str = "") -> str:
    """The address to which the provider sends the browser back."""
    begun = browser.get(f"/log-in/sso/{query}")
    assert begun.status_code == 302, begun.content.decode()
    return str(idp.request("GET", begun["Location"])["Location"])


def log_in(browser: Client, idp: Idp, query: str = "") -> Any:
    return browser.get(callback_of(browser, idp, query).removeprefix("http://testserver"))


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200
