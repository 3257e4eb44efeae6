"""Who sees what, and who may do what."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.groups import OPERATORS, VIEWERS, make_groups
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.workflows.models import Workflow

LIST = "/admin/customers/customer/"


def change(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=(customer.pk,))


def edit(customer: Customer) -> str:
    return reverse("admin:customers_customer_edit", args=(customer.pk,))


def sync(customer: Customer) -> str:
    return reverse("admin:customers_customer_sync", args=(customer.pk,))


def test_a_limited_user_with_no_customers_left_sees_nothing(
    make_user: object, rossi: Customer
) -> None:
    user = make_user("lea", OPERATORS, only=[rossi])  # type: ignore[operator]
    assert list(customers_in(scope_of(user))) == [rossi]
    rossi.delete()
    assert not customers_in(scope_of(User.objects.get(pk=user.pk))).exists()


def test_an_inactive_user_sees_nothing(make_user: object, rossi: Customer) -> None:
    user = make_user("ida", OPERATORS)  # type: ignore[operator]
    assert customers_in(scope_of(user)).exists()
    user.is_active = False
    assert not customers_in(scope_of(user)).exists()


def test_the_limit_follows_a_path_to_the_customer(
    make_user: object, rossi: Customer, bianchi: Customer
) -> None:
    user = make_user("lea", OPERATORS, only=[rossi])  # type: ignore[operator]
    for customer in (rossi, bianchi):
        Workflow.objects.create(customer=customer, zuora_id="1")
    assert [one.customer for one in scope_of(user).limit(Workflow.objects.all())] == [rossi]


@pytest.mark.parametrize(
    "address",
    [
        LIST,
        LIST + "?q=i",
        "/admin/",
        "/find/?q=bianchi",
        "/admin/customers/customer/?environment=kind+of+Bianchi",
    ],
)
def test_no_page_names_another_customer_to_a_limited_user(
    limited: Client, administrator: Client, rossi: Customer, bianchi: Customer, address: str
) -> None:
    if "environment" not in address:
        assert b"Bianchi" in administrator.get(address).content
    page = limited.get(address)
    assert page.status_code == 200
    assert b"Bianchi</" not in page.content
    assert b"kind of Bianchi</" not in page.content


def test_another_customers_pages_do_not_exist_for_a_limited_user(
    limited: Client, bianchi: Customer
) -> None:
    for address in (change(bianchi), change(bianchi).replace("change", "history")):
        assert limited.get(address).status_code == 404
    assert limited.post(sync(bianchi)).status_code == 404
    assert not JobRun.objects.exists()


def test_a_limited_user_cannot_sync_another_customer_by_marking_it(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    marked = {"action": "sync_marked", "_selected_action": [rossi.pk, bianchi.pk]}
    limited.post(LIST, marked)
    assert [run.customer for run in JobRun.objects.all()] == [rossi]


def test_sync_all_of_a_limited_user_means_his_own(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    limited.post(reverse("admin:customers_customer_sync_all"))
    assert [run.customer for run in JobRun.objects.all()] == [rossi]


def test_a_viewer_looks_and_does_nothing(viewer: Client, rossi: Customer) -> None:
    assert viewer.get(LIST).status_code == 200
    page = viewer.get(change(rossi))
    assert page.status_code == 200
    assert b"new_secret" not in page.content
    assert viewer.post(sync(rossi)).status_code == 403
    assert viewer.post(edit(rossi), {"name": "other"}).status_code == 403
    assert viewer.get(reverse("admin:customers_customer_add")).status_code == 403
    delete = reverse("admin:customers_customer_delete", args=(rossi.pk,))
    assert viewer.post(delete, {"post": "yes"}).status_code == 403
    assert not JobRun.objects.exists()


def test_an_operator_syncs_and_edits_no_customer(operator: Client, rossi: Customer) -> None:
    assert operator.post(sync(rossi)).status_code == 302
    assert JobRun.objects.get().requested_by == "otto"
    assert operator.post(edit(rossi), {"name": "other"}).status_code == 403


def test_a_stranger_sees_no_customers(stranger: Client, rossi: Customer) -> None:
    assert stranger.get(LIST).status_code == 403
    assert b"Rossi" not in stranger.get("/admin/").content
    assert b"Rossi" not in stranger.get("/find/?q=rossi").content


def test_nobody_gets_in_without_an_account(db: None, rossi: Customer) -> None:
    for address in ("/admin/", LIST, change(rossi), "/find/?q=r"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_an_action_is_not_set_off_by_a_visit(operator: Client, rossi: Customer) -> None:
    page = operator.get(sync(rossi))
    assert page.status_code == 200
    assert b'<form method="post"' in page.content
    assert not JobRun.objects.exists()


def test_an_action_needs_the_csrf_token(make_user: object, rossi: Customer) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        make_user("otto", OPERATORS),  # type: ignore[operator]
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert browser.post(sync(rossi)).status_code == 403
    assert not JobRun.objects.exists()


def test_an_action_leads_back_and_never_to_another_site(operator: Client, rossi: Customer) -> None:
    assert operator.post(sync(rossi), {"next": LIST + "?q=ro"})["Location"] == LIST + "?q=ro"
    assert operator.post(sync(rossi), {"next": "https://evil.example/"})["Location"] == LIST


def test_groups_are_put_right_again(db: None) -> None:
    viewers = Group.objects.get(name=VIEWERS)
    before = set(viewers.permissions.values_list("codename", flat=True))
    assert before
    changing = {codename for codename in before if not codename.startswith("view_")}
    assert changing == {f"{verb}_notificationrule" for verb in ("add", "change", "delete")}
    viewers.permissions.clear()
    make_groups()
    make_groups()
    assert set(viewers.permissions.values_list("codename", flat=True)) == before
    assert Group.objects.count() == 3


def test_a_limit_that_is_taken_away_counts_at_once(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    assert b"Rossi" in limited.get("/find/?q=rossi").content
    UserAccess.objects.get().customers.clear()
    assert b"Rossi" not in limited.get("/find/?q=rossi").content
