"""First log-ins at the same time: of one user of the provider, and of two with the same name."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from workflow_mirror.access.scope import scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.log_in.accounts import ProviderAccountAdapter

from .conftest import ADA, Idp, callback_of, is_in


@pytest.fixture
def rossi(transactional_db: None) -> Customer:
    return Customer.objects.create(
        name="Rossi",
        zuora_base_url="https://rest.zuora.com",
        zuora_client_id="id",
        zuora_client_secret="hidden",
    )


@pytest.fixture
def neither_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both log-ins have looked for their account before one of them stores it."""
    line, look = threading.Barrier(2, timeout=60), ProviderAccountAdapter.pre_social_login

    def wait(self: Any, request: Any, sociallogin: Any) -> None:
        look(self, request, sociallogin)
        line.wait()

    monkeypatch.setattr(ProviderAccountAdapter, "pre_social_login", wait)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each of them gives, from threads that have connections of their own."""
    results: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        results[place] = acts[place]()
        connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return results


def come_back(browser: Client, address: str) -> int:
    return int(browser.get(address.removeprefix("http://testserver")).status_code)


def test_one_user_in_two_browsers_is_let_in_twice_with_one_account(
    rossi: Customer, idp: Idp, neither_is_known: None
) -> None:
    browsers = [Client(), Client()]
    addresses = [callback_of(browser, idp) for browser in browsers]
    pairs = zip(browsers, addresses, strict=True)
    found = at_once(*(lambda b=b, a=a: come_back(b, a) for b, a in pairs))
    assert found == [302, 302]
    assert all(is_in(browser) for browser in browsers)
    user = User.objects.get()
    assert user.username == "ada"
    assert scope_of(user).customer_ids == (rossi.pk,)
    assert SocialAccount.objects.get().user == user


def test_two_users_with_the_same_name_get_an_account_each(
    rossi: Customer, idp: Idp, neither_is_known: None
) -> None:
    browsers, addresses = [Client(), Client()], []
    for browser, sub in zip(browsers, ("ada-1", "ada-2"), strict=True):
        idp.set(claims=ADA | {"sub": sub})
        addresses.append(callback_of(browser, idp))
    pairs = zip(browsers, addresses, strict=True)
    found = at_once(*(lambda b=b, a=a: come_back(b, a) for b, a in pairs))
    assert found == [302, 302]
    assert set(User.objects.values_list("username", flat=True)) == {"ada", "ada-2"}
    assert set(SocialAccount.objects.values_list("uid", flat=True)) == {"ada-1", "ada-2"}
