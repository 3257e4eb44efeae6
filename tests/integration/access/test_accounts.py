"""Local accounts and one-time links."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from workflow_mirror.access import log_in_links
from workflow_mirror.access.accounts import (
    accounts,
    add_user,
    find_user,
    set_active,
    set_password,
)
from workflow_mirror.access.errors import (
    InvalidUserError,
    UnknownGroupError,
    UnknownUserError,
    UserExistsError,
)
from workflow_mirror.access.groups import OPERATORS, VIEWERS
from workflow_mirror.access.scope import NOTHING, scope_of
from workflow_mirror.customers.errors import UnknownCustomerError
from workflow_mirror.customers.models import Customer

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-of-the-tests"
SITE = "https://mirror.example.com"


@pytest.fixture
def rossi() -> Customer:
    return Customer.objects.create(
        name="Rossi", zuora_base_url="https://rest.zuora.com",
        zuora_client_id="id", zuora_client_secret="secret",
    )  # fmt: skip


def ada(**changes: object) -> User:
    return add_user("ada", **{"password": PASSWORD, **changes})  # type: ignore[arg-type]


def path_of(user: User) -> str:
    return urlsplit(log_in_links.make_link(user, SITE)).path


def open_link(browser: Client, path: str) -> str:
    """The address of the form, which has the token in the session instead of in its address."""
    answer = browser.get(path)
    return str(answer["Location"]) if answer.status_code == 302 else ""


def use(browser: Client, path: str, password: str = PASSWORD) -> int:
    form = {"new_password1": password, "new_password2": password}
    return browser.post(open_link(browser, path) or path, form).status_code


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


def test_a_new_user_sees_no_customer(rossi: Customer) -> None:
    assert scope_of(ada()) == NOTHING


def test_a_user_is_added_with_groups_and_customers(rossi: Customer) -> None:
    ada(groups=[VIEWERS, OPERATORS], customers=["Rossi"], email="ada@example.com")
    add_user("bea", customers=None)
    listed, other = accounts()
    assert (listed["groups"], listed["customers"]) == ([OPERATORS, VIEWERS], ["Rossi"])
    assert (listed["email"], listed["has_password"]) == ("ada@example.com", True)
    assert (other["customers"], other["has_password"], other["groups"]) == (None, False, [])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"groups": ["Administrator"]}, UnknownGroupError),
        ({"customers": ["Bianchi"]}, UnknownCustomerError),
        ({"email": "no address"}, InvalidUserError),
        ({"password": "short"}, InvalidUserError),
    ],
)
def test_a_wrong_value_creates_no_user(changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        ada(**changes)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["", "a b", "a\0", "a" * 151])
def test_a_username_that_is_not_allowed_is_refused(name: str) -> None:
    with pytest.raises(InvalidUserError):
        add_user(name, password=PASSWORD)


def test_a_username_is_given_once() -> None:
    ada()
    with pytest.raises(UserExistsError, match="There is a user 'ada' already"):
        ada()
    assert find_user("ada").check_password(PASSWORD)
    with pytest.raises(UnknownUserError):
        find_user("Ada")


def test_a_deactivated_user_is_out_at_once_and_a_link_does_not_let_him_in() -> None:
    user, browser = ada(), Client()
    assert use(browser, path_of(user)) == 302
    assert is_in(browser)
    set_active(user, is_active=False)
    assert not is_in(browser)
    assert use(Client(), path_of(user)) == 200
    set_active(user, is_active=True)
    assert is_in(browser)


def test_a_new_password_ends_open_sessions_and_weak_ones_are_refused() -> None:
    user, browser = ada(), Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with pytest.raises(InvalidUserError):
        set_password(user, "short")
    assert is_in(browser)
    set_password(user, "another-long-password")
    assert not is_in(browser)


def test_a_link_sets_the_password_and_logs_in_once() -> None:
    user, browser = add_user("ada"), Client()
    path = path_of(user)
    assert use(browser, path) == 302
    assert is_in(browser)
    assert find_user("ada").check_password(PASSWORD)
    again = Client()
    assert use(again, path, "another-long-password") == 200
    assert not is_in(again)
    assert find_user("ada").check_password(PASSWORD)


def test_looking_at_a_link_does_not_use_it_up() -> None:
    """Mail scanners and previews open links."""
    user = add_user("ada")
    path = path_of(user)
    for _ in range(3):
        assert open_link(Client(), path)
    assert use(Client(), path) == 302


def test_a_link_keeps_its_token_out_of_the_address_of_the_form() -> None:
    user, browser = add_user("ada"), Client()
    path = path_of(user)
    form = open_link(browser, path)
    assert form
    assert path.split("/")[-2] not in form
    page = browser.get(form)
    assert path.split("/")[-2] not in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_a_weak_password_leaves_the_link_usable() -> None:
    user, browser = add_user("ada"), Client()
    path = path_of(user)
    assert use(browser, path, "short") == 200
    assert not is_in(browser)
    assert use(browser, path) == 302


def test_a_log_in_or_another_password_makes_older_links_void() -> None:
    user = ada()
    first = path_of(user)
    User.objects.update(last_login=timezone.now())
    second = path_of(find_user("ada"))
    assert not open_link(Client(), first)
    set_password(find_user("ada"), "another-long-password")
    assert not open_link(Client(), second)


def test_a_link_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    user = add_user("ada")
    made = log_in_links.tokens._now()
    path = path_of(user)
    monkeypatch.setattr(log_in_links.LinkTokens, "_now", lambda _: made + timedelta(hours=23))
    assert open_link(Client(), path)
    monkeypatch.setattr(log_in_links.LinkTokens, "_now", lambda _: made + timedelta(hours=25))
    assert not open_link(Client(), path)


def test_a_link_is_signed_and_of_one_user() -> None:
    user, other = add_user("ada"), add_user("bea")
    _, path, key, token, _ = path_of(user).split("/")
    of_other = path_of(other).split("/")[2]
    wrong_token = f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"
    wrongs = (f"{of_other}/{token}", f"{key}/{wrong_token}", f"{key}/set-password", f"%00/{token}")
    for wrong in wrongs:
        assert open_link(Client(), f"/{path}/{wrong}/") == ""
        assert Client().get(f"/{path}/{wrong}/").status_code == 200


def test_the_path_of_a_link_is_that_of_the_page() -> None:
    path = path_of(add_user("ada"))  # once: a token is of its second
    _, _, key, token, _ = path.split("/")
    assert path == reverse("one_time_link", args=(key, token))
