"""Saved searches: of their owner, and shared with those who may know what they name."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from tests.integration.web.conftest import make_customer
from workflow_mirror.access.groups import OPERATORS, VIEWERS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.kit.saved_views import listed, own_views, shared_views
from workflow_mirror.web.models import SavedView
from workflow_mirror.web.saved import forms as forms_module

SAVE = "/saved/"
SEARCH = {"page": "search", "query": "q=host%3Aerp.example.com"}


@pytest.fixture
def vera(viewer: Client) -> User:
    return User.objects.get(username="vera")


def saved(owner: User, name: str = "Mine", **more: Any) -> SavedView:
    return SavedView.objects.create(**{**SEARCH, "owner": owner, "name": name, **more})


def texts(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_a_search_is_saved_and_shown_again(viewer: Client, vera: User) -> None:
    answer = viewer.post(SAVE, {**SEARCH, "name": "ERP"}, follow=True)
    assert answer.redirect_chain == [("/search/?q=host%3Aerp.example.com", 302)]
    assert texts(answer) == ["Saved as “ERP”."]
    assert '<a class="text-link" href="/search/?q=host%3Aerp.example.com">ERP</a>' in (
        viewer.get("/search/").content.decode()
    )
    assert SavedView.objects.values_list("owner", "is_shared").get() == (vera.pk, False)


def test_the_page_of_a_search_offers_to_save_it(viewer: Client, db: None) -> None:
    page = viewer.get("/search/", {"q": 'a&b "c"'}).content.decode()
    assert 'name="query" value="q=' not in page  # the query is wrong
    page = viewer.get("/search/", {"q": '"a&b c"'}).content.decode()
    assert 'name="query" value="q=%22a%26b+c%22"' in page


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 302),
        ({"name": "x" * 101}, 302),
        ({"query": "q=" + "x" * 9000}, 302),
        ({"query": ""}, 302),
        ({"page": "nothing"}, 403),
        ({"page": ""}, 403),
    ],
)
def test_what_is_wrong_is_not_saved(
    viewer: Client, db: None, change: dict[str, str], status: int
) -> None:
    answer = viewer.post(SAVE, {**SEARCH, "name": "ERP", **change})
    assert answer.status_code == status
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_by_each_user(viewer: Client, operator: Client, vera: User) -> None:
    for browser in (viewer, operator):
        browser.post(SAVE, {**SEARCH, "name": "ERP"})
    answer = viewer.post(SAVE, {**SEARCH, "name": "ERP", "query": "q=other"}, follow=True)
    assert texts(answer)[-1] == "You already have a saved view with this name."
    assert own_views(vera).get().query == SEARCH["query"]
    assert SavedView.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(vera, "ERP")


def test_a_user_saves_a_limited_number(
    viewer: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms_module, "MOST_OWN", 2)
    for name in ("1", "2", "3"):
        answer = viewer.post(SAVE, {**SEARCH, "name": name}, follow=True)
    assert texts(answer)[-1] == "You have 2 saved views of this page. Delete one first."
    assert SavedView.objects.count() == 2


def test_the_owner_renames_and_shares(viewer: Client, operator: Client, vera: User) -> None:
    view = saved(vera)
    address = f"/saved/{view.pk}/"
    assert 'value="Mine"' in viewer.get(address).content.decode()
    answer = viewer.post(address, {"name": "Ours", "is_shared": "on", "query": "q=changed"})
    assert answer["Location"] == "/search/?q=host%3Aerp.example.com"
    view.refresh_from_db()
    assert (view.name, view.is_shared, view.query) == ("Ours", True, SEARCH["query"])
    page = operator.get("/search/").content.decode()
    assert ">Ours</a>" in page
    assert "by vera" in page
    assert address not in page
    viewer.post(address, {"name": "Ours"})
    assert ">Ours</a>" not in operator.get("/search/").content.decode()


def test_a_name_that_is_taken_is_refused_at_its_field(viewer: Client, vera: User) -> None:
    saved(vera, "Other")
    view = saved(vera)
    page = viewer.post(f"/saved/{view.pk}/", {"name": "Other"}).content.decode()
    assert "You already have a saved view with this name." in page
    view.refresh_from_db()
    assert view.name == "Mine"


def test_the_owner_deletes(viewer: Client, vera: User) -> None:
    view = saved(vera)
    assert viewer.get(f"/saved/{view.pk}/delete/").status_code == 405
    answer = viewer.post(f"/saved/{view.pk}/delete/", follow=True)
    assert texts(answer) == ["Deleted “Mine”."]
    assert not SavedView.objects.exists()


def test_nobody_else_changes_a_shared_search(
    administrator: Client, operator: Client, vera: User
) -> None:
    view = saved(vera, is_shared=True)
    for browser in (administrator, operator):
        assert browser.get(f"/saved/{view.pk}/").status_code == 404
        assert browser.post(f"/saved/{view.pk}/", {"name": "x"}).status_code == 404
        assert browser.post(f"/saved/{view.pk}/delete/").status_code == 404
    view.refresh_from_db()
    assert view.name == "Mine"


def test_who_lost_the_permission_can_neither_save_nor_change(viewer: Client, vera: User) -> None:
    view = saved(vera)
    vera.groups.clear()
    assert viewer.post(SAVE, {**SEARCH, "name": "New"}).status_code == 403
    assert viewer.get(f"/saved/{view.pk}/").status_code == 403
    assert viewer.post(f"/saved/{view.pk}/delete/").status_code == 403
    assert SavedView.objects.count() == 1


def test_a_limited_user_sees_shared_searches_of_owners_who_see_no_other_customer(
    make_user: Any, rossi: Customer
) -> None:
    bianchi = make_customer("Bianchi")
    livia = make_user("livia", OPERATORS, only=[rossi])
    owners = {
        "all": make_user("all", VIEWERS),
        "both": make_user("both", VIEWERS, only=[rossi, bianchi]),
        "other": make_user("other", VIEWERS, only=[bianchi]),
        "same": make_user("same", VIEWERS, only=[rossi]),
        "root": User.objects.create_superuser("root"),
    }
    for name, owner in owners.items():
        saved(owner, f"of {name}", is_shared=True)
        saved(owner, f"{name}'s own")
    inactive = make_user("inactive", VIEWERS, only=[rossi])
    saved(inactive, "of inactive", is_shared=True)
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    assert [view.name for view in shared_views(livia, "search")] == ["of same"]
    assert {view.name for view in shared_views(owners["all"], "search")} == {
        "of both",
        "of other",
        "of root",
        "of same",
    }
    [listed_view] = listed(livia, "search")
    assert listed_view["owner"] == ""


def test_an_owner_who_sees_more_customers_later_is_hidden_from_a_limited_user(
    make_user: Any, rossi: Customer
) -> None:
    livia = make_user("livia", OPERATORS, only=[rossi])
    owner = make_user("owner", VIEWERS, only=[rossi])
    saved(owner, is_shared=True)
    assert shared_views(livia, "search").exists()
    UserAccess.objects.filter(user=owner).update(all_customers=True)
    assert not shared_views(livia, "search").exists()


def test_the_searches_of_a_deleted_user_go_with_the_user(vera: User) -> None:
    saved(vera)
    vera.delete()
    assert not SavedView.objects.exists()
