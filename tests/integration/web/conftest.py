"""People of every kind: an administrator, an operator, a viewer, a limited operator, a stranger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS, VIEWERS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer

PASSWORD = "a-long-password-of-the-tests"
BACKEND = "django.contrib.auth.backends.ModelBackend"

type MakeUser = Callable[..., User]
type ClientOf = Callable[[User], Client]


@pytest.fixture
def make_user(db: None) -> MakeUser:

    def make(name: str, *groups: str, only: list[Customer] | None = None) -> User:
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.set(Group.objects.filter(name__in=groups))
        access = UserAccess.objects.create(user=user, all_customers=only is None)
        access.customers.set(only or [])
        return user

    return make


@pytest.fixture
def client_of() -> ClientOf:
    """A browser in which the user has logged in."""

    def open_browser(user: User) -> Client:
        browser = Client()
        browser.force_login(user, backend=BACKEND)
        return browser

    return open_browser


@pytest.fixture
def rossi(db: None) -> Customer:
    return make_customer("Rossi")


@pytest.fixture
def bianchi(db: None) -> Customer:
    return make_customer("Bianchi")


def make_customer(name: str) -> Customer:
    return Customer.objects.create(
        name=name,
        zuora_base_url="https://rest.zuora.com",
        zuora_client_id="id",
        zuora_client_secret=f"secret of {name}",
        environment=f"kind of {name}",
    )


@pytest.fixture
def administrator(make_user: MakeUser, client_of: ClientOf) -> Client:
    return client_of(make_user("ada", ADMINISTRATORS))


@pytest.fixture
def operator(make_user: MakeUser, client_of: ClientOf) -> Client:
    return client_of(make_user("otto", OPERATORS))


@pytest.fixture
def viewer(make_user: MakeUser, client_of: ClientOf) -> Client:
    return client_of(make_user("vera", VIEWERS))


@pytest.fixture
def limited(make_user: MakeUser, client_of: ClientOf, rossi: Customer) -> Client:
    """An operator who may see Rossi alone."""
    return client_of(make_user("livia", OPERATORS, only=[rossi]))


@pytest.fixture
def stranger(make_user: MakeUser, client_of: ClientOf) -> Client:
    """Has an account, and no group."""
    return client_of(make_user("stan"))


@contextmanager
def undone(browser: Client) -> Iterator[None]:
    """What happens is taken back, with what the browser was told of it."""
    cookies = deepcopy(browser.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    browser.cookies = cookies
