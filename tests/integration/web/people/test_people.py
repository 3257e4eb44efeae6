"""Users, their limits and languages, logging in, and the first administrator."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS
from workflow_mirror.access.scope import scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.first_admin import ensure_first_admin, renew_admin
from workflow_mirror.web.kit.password_forms import OwnPasswordForm, PasswordForm

PASSWORD = "a-long-password-of-the-tests"
LOGIN = "/admin/login/"


def log_in(browser: Client, password: str, address: str = "10.0.0.1", **headers: str) -> int:
    typed = {"username": "otto", "password": password}
    answer = browser.post(LOGIN, typed, REMOTE_ADDR=address, headers=headers)
    return int(answer.status_code)


def inline(user: User | None = None, **values: object) -> dict[str, object]:
    """What the page of a user sends of his access; of a new one where there is none."""
    values |= {"id": user.access.pk, "user": user.pk} if user else {}
    forms = {"access-TOTAL_FORMS": 1, "access-INITIAL_FORMS": 1 if user else 0}
    return forms | {f"access-0-{name}": value for name, value in values.items()}


def test_a_user_is_made_with_a_group_and_can_log_in(administrator: Client) -> None:
    operators = Group.objects.get(name=OPERATORS)
    made = {"username": "otto", "password1": PASSWORD, "password2": PASSWORD}
    administrator.post(
        reverse("admin:auth_user_add"),
        made | {"groups": [operators.pk]} | inline(),
    )
    assert list(User.objects.get(username="otto").groups.all()) == [operators]
    assert log_in(Client(), PASSWORD) == 302


@pytest.mark.parametrize("weak", ["short-one", "123456789012345", "otto-otto-otto"])
def test_weak_passwords_are_refused(administrator: Client, weak: str) -> None:
    made = {"username": "otto-otto", "password1": weak, "password2": weak}
    administrator.post(reverse("admin:auth_user_add"), made | inline())
    assert not User.objects.filter(username="otto-otto").exists()


def test_a_user_is_limited_to_customers_on_his_page(
    administrator: Client, make_user: object, rossi: Customer, bianchi: Customer
) -> None:
    user = make_user("otto", OPERATORS)  # type: ignore[operator]
    page = reverse("admin:auth_user_change", args=(user.pk,))
    form = {"username": "otto", "is_active": "on"}
    administrator.post(page, form | inline(user, customers=[rossi.pk]))
    assert list(customers_in(scope_of(User.objects.get(pk=user.pk)))) == [rossi]
    administrator.post(page, form | inline(user, all_customers="on"))
    assert set(customers_in(scope_of(User.objects.get(pk=user.pk)))) == {rossi, bianchi}
    administrator.post(page, form | inline(user))
    assert not customers_in(scope_of(User.objects.get(pk=user.pk))).exists()


def test_all_customers_and_some_of_them_is_refused(
    administrator: Client, make_user: object, rossi: Customer
) -> None:
    user = make_user("otto", OPERATORS, only=[])  # type: ignore[operator]
    page = reverse("admin:auth_user_change", args=(user.pk,))
    form = {"username": "otto", "is_active": "on"}
    both = inline(user, all_customers="on", customers=[rossi.pk])
    assert "or clear this selection" in administrator.post(page, form | both).content.decode()
    assert not customers_in(scope_of(User.objects.get(pk=user.pk))).exists()


def test_selecting_customers_limits_a_user_who_saw_all(
    administrator: Client, make_user: object, rossi: Customer, bianchi: Customer
) -> None:
    user = make_user("otto", OPERATORS)  # type: ignore[operator]
    page = reverse("admin:auth_user_change", args=(user.pk,))
    form = {"username": "otto", "is_active": "on"}
    both = inline(user, all_customers="on", customers=[rossi.pk])
    assert administrator.post(page, form | both).status_code == 302
    assert list(customers_in(scope_of(User.objects.get(pk=user.pk)))) == [rossi]


def test_whoever_is_made_without_a_choice_sees_no_customer(
    administrator: Client, rossi: Customer
) -> None:
    """In the web admin, and in a shell; only superusers, as the first one is, see all."""
    made = {"username": "otto", "password1": PASSWORD, "password2": PASSWORD}
    administrator.post(reverse("admin:auth_user_add"), made | inline())
    for user in (User.objects.get(username="otto"), User.objects.create_user("shell")):
        assert not customers_in(scope_of(user)).exists()
    assert list(customers_in(scope_of(User.objects.create_superuser("root")))) == [rossi]


def test_a_user_page_tells_that_somebody_sees_no_customer(
    administrator: Client, rossi: Customer
) -> None:
    User.objects.create_user("shell", first_name="Sheila")
    page = administrator.get(reverse("admin:auth_user_changelist") + "?q=shell").content.decode()
    assert re.search(r"Sheila.*>\s*None\s*<", page, re.DOTALL)


def test_more_than_a_thousand_customers_are_chosen(
    administrator: Client, make_user: object, make_customers: object
) -> None:
    user = make_user("otto", OPERATORS, only=[])  # type: ignore[operator]
    chosen = [one.pk for one in make_customers(1_200)]  # type: ignore[operator]
    page = reverse("admin:auth_user_change", args=(user.pk,))
    form = {"username": "otto", "is_active": "on"}
    assert administrator.post(page, form | inline(user, customers=chosen)).status_code == 302
    assert customers_in(scope_of(User.objects.get(pk=user.pk))).count() == len(chosen)


def test_the_language_that_a_superuser_chooses_limits_nobody(
    client_of: object, rossi: Customer
) -> None:
    root = User.objects.create_superuser("root")
    client_of(root).post(reverse("set_language"), {"language": "it"})  # type: ignore[operator]
    assert list(customers_in(scope_of(User.objects.get(pk=root.pk)))) == [rossi]


def test_the_form_of_a_user_cannot_make_a_superuser(
    administrator: Client, make_user: object
) -> None:
    user = make_user("otto", OPERATORS)  # type: ignore[operator]
    page = reverse("admin:auth_user_change", args=(user.pk,))
    administrator.post(
        page, {"username": "otto", "is_active": "on", "is_superuser": "on"} | inline(user)
    )
    assert not User.objects.get(pk=user.pk).is_superuser


def test_nobody_shuts_himself_out(administrator: Client) -> None:
    ada = User.objects.get(username="ada")
    page = reverse("admin:auth_user_change", args=(ada.pk,))
    administrator.post(page, {"username": "ada"})
    ada.refresh_from_db()
    assert ada.is_active
    assert ada.groups.exists()
    delete = reverse("admin:auth_user_delete", args=(ada.pk,))
    assert administrator.post(delete, {"post": "yes"}).status_code == 403


def test_a_password_changed_while_a_user_is_edited_stays(
    administrator: Client, make_user: object
) -> None:
    user = make_user("otto", OPERATORS)  # type: ignore[operator]
    page = reverse("admin:auth_user_change", args=(user.pk,))

    def change_the_password(**_: object) -> None:
        User.objects.update(password=make_password("a-very-new-password"))

    pre_save.connect(change_the_password, sender=User)
    try:
        administrator.post(page, {"username": "otto", "email": "o@example.com"} | inline())
    finally:
        pre_save.disconnect(change_the_password, sender=User)

    stored = User.objects.get(pk=user.pk)
    assert stored.email == "o@example.com"
    assert stored.check_password("a-very-new-password")


@pytest.mark.parametrize("form", [OwnPasswordForm, PasswordForm])
def test_a_user_deactivated_while_the_password_is_changed_stays_so(
    make_user: object, form: type[OwnPasswordForm | PasswordForm]
) -> None:
    user = make_user("otto", OPERATORS)  # type: ignore[operator]
    new = dict.fromkeys(
        ("password1", "password2", "new_password1", "new_password2"), "a-very-new-password"
    )
    typed = form(
        User.objects.get(pk=user.pk), {"old_password": PASSWORD, **new, "usable_password": "true"}
    )
    User.objects.filter(pk=user.pk).update(is_active=False)
    typed.full_clean()
    typed.save()

    stored = User.objects.get(pk=user.pk)
    assert not stored.is_active
    assert stored.check_password("a-very-new-password")


def test_the_page_of_ones_own_password_saves_nothing_else(administrator: Client) -> None:
    page = administrator.get(reverse("admin:password_change"))
    assert isinstance(page.context["form"], OwnPasswordForm)


def test_who_is_limited_manages_no_people(
    make_user: object, client_of: object, rossi: Customer
) -> None:
    user = make_user("lea", ADMINISTRATORS, only=[rossi])  # type: ignore[operator]
    browser = client_of(user)  # type: ignore[operator]
    for name in (
        "admin:auth_user_changelist",
        "admin:auth_user_add",
        "admin:auth_group_changelist",
    ):
        assert browser.get(reverse(name)).status_code == 403
    own = reverse("admin:auth_user_change", args=(user.pk,))
    assert browser.get(own).status_code in {403, 404}


@pytest.mark.parametrize("name", ["operator", "viewer", "stranger"])
def test_only_administrators_manage_people(name: str, request: pytest.FixtureRequest) -> None:
    browser = request.getfixturevalue(name)
    assert browser.get(reverse("admin:auth_user_changelist")).status_code == 403


def test_groups_of_the_program_are_not_edited(administrator: Client) -> None:
    group = Group.objects.get(name=OPERATORS)
    page = reverse("admin:auth_group_change", args=(group.pk,))
    assert administrator.post(page, {"name": "Others"}).status_code == 403


def test_what_such_a_group_may_do_is_told_in_words(administrator: Client) -> None:
    group = Group.objects.get(name=OPERATORS)
    page = administrator.get(reverse("admin:auth_group_change", args=(group.pk,)))
    text = page.content.decode()
    assert "<div>Customers: check credentials, sync, view</div>" in text
    assert "Zuora token" not in text


@pytest.mark.parametrize("address", ["/admin/nothing/", "/admin/auth/user/"])
def test_a_page_that_refuses_has_the_colours_of_the_others(viewer: Client, address: str) -> None:
    answer = viewer.get(address)
    assert answer.status_code in {403, 404}
    assert b"/web/css/web." in answer.content


def test_five_wrong_passwords_lock_the_user_from_that_address(make_user: object) -> None:
    make_user("otto", OPERATORS)  # type: ignore[operator]
    browser = Client()
    answers = [log_in(browser, "wrong") for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert log_in(browser, PASSWORD) == 429
    assert log_in(browser, PASSWORD, **{"X-Forwarded-For": "10.9.9.9"}) == 429
    assert log_in(Client(), PASSWORD, address="10.0.0.2") == 302


def test_the_lock_ends_after_a_quarter_of_an_hour(make_user: object) -> None:
    from datetime import timedelta

    from axes.models import AccessAttempt
    from django.db.models import F

    make_user("otto", OPERATORS)  # type: ignore[operator]
    browser = Client()
    for _ in range(5):
        log_in(browser, "wrong")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))
    assert log_in(browser, PASSWORD) == 302


def test_a_right_password_forgets_the_wrong_ones(make_user: object) -> None:
    make_user("otto", OPERATORS)  # type: ignore[operator]
    for _ in range(2):
        browser = Client()
        assert [log_in(browser, "wrong") for _ in range(4)] == [200] * 4
        assert log_in(browser, PASSWORD) == 302


def test_the_first_administrator_is_made_once_without_a_password(
    db: None, client_of: Callable[[User], Client]
) -> None:
    admin = ensure_first_admin()
    assert admin
    assert not admin.has_usable_password()
    assert ensure_first_admin() is None
    assert client_of(admin).get(reverse("admin:auth_user_changelist")).status_code == 200


def test_the_demo_gives_the_administrator_a_password_at_each_start(db: None) -> None:
    for password in (renew_admin(), renew_admin()):
        login = {"username": "admin", "password": password}
        answer = Client().post(LOGIN, login)
    assert answer.status_code == 302
    assert User.objects.count() == 1


def test_where_there_is_a_user_no_administrator_is_made(make_user: object) -> None:
    make_user("otto")  # type: ignore[operator]
    assert ensure_first_admin() is None


def test_the_chosen_language_goes_with_the_account(operator: Client, client_of: object) -> None:
    assert operator.get("/admin/", headers={"Accept-Language": "it"})["Content-Language"] == "it"
    operator.post(reverse("set_language"), {"language": "en"})
    assert operator.get("/admin/", headers={"Accept-Language": "it"})["Content-Language"] == "en"
    elsewhere = client_of(User.objects.get(username="otto"))  # type: ignore[operator]
    assert elsewhere.get("/admin/", headers={"Accept-Language": "it"})["Content-Language"] == "en"


def test_a_language_that_there_is_not_is_not_kept(operator: Client) -> None:
    operator.post(reverse("set_language"), {"language": "xx"})
    assert User.objects.get(username="otto").access.language == ""


def test_a_group_is_given_what_pages_ask_for_and_nothing_of_the_machinery(
    administrator: Client,
) -> None:
    add = reverse("admin:auth_group_add")
    page = administrator.get(add).content.decode()
    chosen = dict(re.findall(r'<option value="(\d+)"[^>]*>\s*([^<]+?)\s*</option>', page))
    words = set(chosen.values())
    assert {"Customers: sync", "Jobs: retry", "Schedules: run now", "Users: view"} <= words
    assert {"Workflows: reveal secrets", "Audit events: view"} <= words
    assert {name.split(":")[0] for name in words} == {
        "Access", "Audit events", "Customers", "Deliveries", "Groups", "Job batches", "Jobs",
        "Notifications", "Schedules", "Tasks", "Users", "Workers", "Workflows",
    }  # fmt: skip
    [sync] = [pk for pk, name in chosen.items() if name == "Customers: sync"]
    administrator.post(add, {"name": "Syncers", "permissions": sync})
    assert [one.codename for one in Group.objects.get(name="Syncers").permissions.all()] == [
        "sync_customer"
    ]
