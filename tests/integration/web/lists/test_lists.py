"""What a user chooses for lists: order, columns, rows on a page, default view, customer."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import Status, make_job
from tests.integration.web.mirrored import a_workflow
from workflow_mirror.access.groups import OPERATORS, VIEWERS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.kit.columns import chosen
from workflow_mirror.web.kit.preferences import chosen_scope
from workflow_mirror.web.kit.saved_views import LISTS, PAGES
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.models import ListPreferences, SavedView
from workflow_mirror.workflows.models import Workflow

LIST = "/admin/workflows/workflow/"
PAGE = "workflows_workflow"


@pytest.fixture
def vera(make_user: Any) -> User:
    user: User = make_user("vera2", VIEWERS)
    return user


@pytest.fixture
def browser(vera: User, client_of: Any) -> Client:
    opened: Client = client_of(vera)
    return opened


@pytest.fixture
def flows(rossi: Customer, bianchi: Customer) -> list[Workflow]:
    return [
        a_workflow(customer, str(number), name=name, state=state)
        for number, (customer, name, state) in enumerate(
            [
                (rossi, "beta", "Active"),
                (bianchi, "alpha", "Inactive"),
                (rossi, "gamma", "Inactive"),
            ]
        )
    ]


def shown(browser: Client, query: str = "?view=none", path: str = LIST) -> Any:
    answer = browser.get(f"{path}{query}")
    assert answer.status_code == 200
    return answer.context["cl"]


def names(changelist: Any) -> list[str]:
    return [str(row) for row in changelist.result_list]


def columns(changelist: Any) -> list[str]:
    return [header.name for header in changelist.headers if header.name != "action_checkbox"]


def choose(browser: Client, what: str, **form: Any) -> Any:
    return browser.post(f"/lists/{what}/", {"next": LIST, **form})


# Order


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("name", ["alpha", "beta", "gamma"]),
        ("-name", ["gamma", "beta", "alpha"]),
        ("customer", ["alpha", "beta", "gamma"]),
        ("-customer", ["gamma", "beta", "alpha"]),
        ("state", ["beta", "gamma", "alpha"]),
        ("tasks", ["alpha", "beta", "gamma"]),  # has no index, so the usual order stays
        ("nothing", ["alpha", "beta", "gamma"]),
    ],
)
def test_an_order_names_a_column(
    browser: Client, flows: list[Workflow], order: str, found: list[str]
) -> None:
    assert names(shown(browser, f"?o={order}")) == found


def test_the_first_click_on_a_time_shows_the_newest_and_the_second_the_oldest(
    browser: Client, flows: list[Workflow]
) -> None:
    def link(query: str, name: str) -> str:
        [header] = [one for one in shown(browser, query).headers if one.name == name]
        return str(header.link)

    assert link("?view=none", "updated_on") == "?o=-updated_on"
    assert link("?o=-updated_on", "updated_on") == "?o=updated_on"
    assert link("?o=updated_on", "name") == "?o=name"
    assert link("?view=none", "name") == "?o=-name"  # sorted by it already


def test_only_columns_that_can_be_sorted_have_a_link_and_each_of_them_has_one(
    browser: Client, flows: list[Workflow]
) -> None:
    sorts = site._registry[Workflow].sorts
    page = shown(browser, f"?cols={','.join(sorts)},triggers,tasks")
    linked = {header.name for header in page.headers if header.link}
    assert linked == set(sorts)
    assert {"triggers", "tasks"} <= set(columns(page)) - linked


# Columns


def test_columns_are_kept_for_the_user_and_the_list(
    browser: Client, client_of: Any, make_user: Any, flows: list[Workflow]
) -> None:
    choose(browser, "columns", page=PAGE, columns=["updated_on", "customer", "no_column"])
    assert columns(shown(browser)) == ["name", "updated_on", "customer"]
    assert "tasks" in columns(shown(client_of(make_user("other", VIEWERS))))
    assert len(columns(shown(browser, path="/admin/workflows/task/"))) > 3
    choose(browser, "columns", page=PAGE, reset="1")
    assert "tasks" in columns(shown(browser))


def test_an_address_names_its_columns(browser: Client, flows: list[Workflow]) -> None:
    choose(browser, "columns", page=PAGE, columns=["customer"])
    page = shown(browser, "?cols=state,nothing,state")
    assert columns(page) == ["name", "state"]
    assert "cols=state" in next(header.link for header in page.headers if header.link)


@given(st.lists(st.sampled_from(["", "a", "b", "c", "shown_b", "A", "d"])))
def test_chosen_columns_exist_are_there_once_and_begin_with_the_first(names: list[str]) -> None:
    every = ["a", "shown_b", "c"]
    found = chosen(every, names)
    assert found[0] == "a"
    assert len(set(found)) == len(found)
    assert set(found) <= set(every)
    assert [one for one in found[1:] if one == "c"] == (["c"] if "c" in names else [])


def test_columns_of_a_list_that_the_user_may_not_open_cannot_be_chosen(browser: Client) -> None:
    assert choose(browser, "columns", page="auth_user", columns="email").status_code == 403
    assert choose(browser, "columns", page="nothing").status_code == 403
    assert not ListPreferences.objects.exists()


# Rows on a page


def test_the_rows_of_a_page_are_kept_for_all_lists(browser: Client, rossi: Customer) -> None:
    for number in range(60):
        a_workflow(rossi, str(number), name=f"flow {number:02}")
        make_job(rossi, Status.SUCCEEDED)
    assert len(shown(browser).result_list) == 25
    assert choose(browser, "size", size="50", next=f"{LIST}?p=3&o=-name").url == f"{LIST}?o=-name"
    assert len(shown(browser).result_list) == 50
    assert len(shown(browser, "?p=2").result_list) == 10
    assert len(shown(browser, path="/admin/jobs/jobrun/").result_list) == 50


@pytest.mark.parametrize("size", ["24", "100000", "", "x", "9" * 50])
def test_no_other_number_of_rows_is_taken(browser: Client, size: str) -> None:
    assert choose(browser, "size", size=size).status_code == 400
    assert not ListPreferences.objects.exists()


# Filter chips


def test_each_active_filter_has_a_chip_that_removes_it(
    browser: Client, flows: list[Workflow]
) -> None:
    page = shown(browser, "?state=Active&q=beta&o=-name&export=failed")
    assert [(chip.title, chip.value) for chip in page.chips] == [
        ("Search", "beta"),
        ("Status", "Active"),
        ("Export", "Failed"),
    ]
    for chip, left in zip(
        page.chips,
        ("export=failed&o=-name&state=Active", "export=failed&o=-name&q=beta",
         "o=-name&q=beta&state=Active"),
        strict=True,
    ):  # fmt: skip
        assert chip.link == f"?{left}"
    assert page.without_filters == "?o=-name"
    assert shown(browser, "?state=Active").without_filters == "?view=none"
    assert shown(browser).chips == []


@pytest.mark.parametrize("value", ["0", "1"])
def test_a_filter_by_yes_or_no_has_a_chip(
    administrator: Client, rossi: Customer, value: str
) -> None:
    page = shown(administrator, f"?is_active__exact={value}", "/admin/customers/customer/")
    words = {"0": "No", "1": "Yes"}
    assert [chip.value for chip in page.chips] == [words[value]]


def test_a_chip_does_not_repeat_a_value_that_the_list_does_not_offer(
    limited: Client, rossi: Customer
) -> None:
    page = shown(limited, "?environment=kind+of+Bianchi", "/admin/customers/customer/")
    assert [chip.value for chip in page.chips] == ["unknown value"]


# Saved views


def test_a_view_keeps_filters_order_and_columns(
    browser: Client, vera: User, flows: list[Workflow]
) -> None:
    choose(browser, "columns", page=PAGE, columns=["customer"])
    page = shown(browser, "?state=Inactive&o=-name")
    browser.post("/saved/", {"page": PAGE, "name": "Off", "query": page.view_query})
    choose(browser, "columns", page=PAGE, reset="1")
    view = SavedView.objects.get(owner=vera)
    reopened = shown(browser, f"?{view.query}")
    assert names(reopened) == ["gamma", "alpha"]
    assert columns(reopened) == ["name", "customer"]
    assert "Off</a>" in browser.get(f"{LIST}?view=none").content.decode()


def test_a_default_view_opens_with_the_list_and_only_without_parameters(
    browser: Client, vera: User, flows: list[Workflow]
) -> None:
    view = SavedView.objects.create(owner=vera, page=PAGE, name="Off", query="state=Inactive")
    choose(browser, "default", page=PAGE, saved=view.pk)
    assert browser.get(LIST)["Location"] == f"{LIST}?state=Inactive"
    assert names(shown(browser)) == ["alpha", "beta", "gamma"]
    assert names(shown(browser, "?state=Active")) == ["beta"]
    assert browser.get("/admin/workflows/task/").status_code == 200
    choose(browser, "default", page=PAGE)
    assert browser.get(LIST).status_code == 200


def test_a_default_view_that_is_gone_or_no_longer_shared_is_not_opened(
    browser: Client, make_user: Any, flows: list[Workflow]
) -> None:
    owner = make_user("owner", VIEWERS)
    view = SavedView.objects.create(
        owner=owner, page=PAGE, name="Off", query="state=Inactive", is_shared=True
    )
    choose(browser, "default", page=PAGE, saved=view.pk)
    assert browser.get(LIST).status_code == 302
    SavedView.objects.update(is_shared=False)
    assert browser.get(LIST).status_code == 200
    SavedView.objects.all().delete()
    assert browser.get(LIST).status_code == 200


@pytest.mark.parametrize("query", ["", "&", "&&"])
def test_a_default_view_without_parameters_does_not_open_itself_forever(
    browser: Client, vera: User, query: str
) -> None:
    view = SavedView.objects.create(owner=vera, page=PAGE, name="All", query=query)
    ListPreferences.objects.create(user=vera, default_views={PAGE: view.pk})
    assert browser.get(LIST).status_code == 200


def test_a_view_that_the_user_does_not_see_cannot_be_the_default(
    limited: Client, make_user: Any, flows: list[Workflow]
) -> None:
    owner = make_user("owner", VIEWERS)
    view = SavedView.objects.create(
        owner=owner, page=PAGE, name="Bianchi's", query="state=Inactive", is_shared=True
    )
    assert choose(limited, "default", page=PAGE, saved=view.pk).status_code == 404
    assert choose(limited, "default", page=PAGE, saved="9" * 40).status_code == 302
    ListPreferences.objects.update_or_create(
        user=User.objects.get(username="livia"), defaults={"default_views": {PAGE: view.pk}}
    )
    assert limited.get(LIST).status_code == 200
    assert "Bianchi&#x27;s" not in limited.get(LIST).content.decode()


def test_every_list_has_saved_views_and_its_own_permission(vera: User) -> None:
    pages = {one.page_key: one for one in site._registry.values()}
    assert set(pages) == set(LISTS) == set(PAGES) - {"search"}
    for key, page in pages.items():
        request: Any = type("Request", (), {"user": vera})
        assert page.has_view_permission(request) == vera.has_perm(LISTS[key]), key


# The chosen customer


@pytest.mark.parametrize(
    "path",
    [LIST, "/admin/workflows/task/", "/admin/history/workflowchange/", "/admin/jobs/jobrun/",
     "/admin/web/failedjob/", "/admin/web/waitingjob/"],
)  # fmt: skip
def test_a_chosen_customer_stays_on_all_lists_and_can_be_removed(
    browser: Client, rossi: Customer, bianchi: Customer, path: str
) -> None:
    choose(browser, "customer", customer=bianchi.pk)
    page = shown(browser, path=path)
    assert page.customer_filter.value() == str(bianchi.pk)
    selected = re.compile(rf'<option value="{bianchi.pk}" selected>Bianchi</option>')
    assert selected.search(browser.get(path).content.decode())
    choose(browser, "customer", customer="")
    assert not shown(browser, path=path).customer_filter.value()


def test_lists_files_and_search_show_the_chosen_customer(
    browser: Client, bianchi: Customer, flows: list[Workflow]
) -> None:
    choose(browser, "customer", customer=bianchi.pk)
    assert names(shown(browser)) == ["alpha"]
    file = b"".join(browser.get(f"{LIST}csv/")).decode()
    assert "alpha" in file
    assert "beta" not in file
    assert browser.get(f"{LIST}{flows[0].pk}/change/").status_code == 200  # not a list


def test_a_customer_in_the_address_goes_before_the_chosen_one(
    browser: Client, rossi: Customer, bianchi: Customer, flows: list[Workflow]
) -> None:
    choose(browser, "customer", customer=bianchi.pk)
    page = shown(browser, f"?customer__id__exact={rossi.pk}")
    assert names(page) == ["beta", "gamma"]
    assert page.customer_filter.value() == str(rossi.pk)
    assert names(shown(browser, "?customer__id__exact=")) == ["alpha", "beta", "gamma"]


def test_choosing_a_customer_returns_to_the_list_without_the_one_in_its_address(
    browser: Client, rossi: Customer, bianchi: Customer
) -> None:
    back = f"{LIST}?customer__id__exact={rossi.pk}&p=2&state=Active"
    answer = choose(browser, "customer", customer=bianchi.pk, next=back)
    assert answer.url == f"{LIST}?state=Active"


def test_a_chosen_customer_never_widens_the_scope(
    limited: Client, rossi: Customer, bianchi: Customer, flows: list[Workflow]
) -> None:
    assert choose(limited, "customer", customer=bianchi.pk).status_code == 404
    livia = User.objects.get(username="livia")
    ListPreferences.objects.create(user=livia, customer=bianchi)
    assert names(shown(limited)) == ["beta", "gamma"]
    UserAccess.objects.get(user=livia).customers.set([])
    assert names(shown(limited)) == []


def test_the_scope_of_a_search_is_never_that_of_a_customer_of_others(
    make_user: Any, rossi: Customer, bianchi: Customer
) -> None:
    request: Any = RequestFactory().get("/")
    request.user = make_user("lara", OPERATORS, only=[rossi])
    ListPreferences.objects.create(user=request.user, customer=bianchi)
    assert chosen_scope(request) == Scope((rossi.pk,))


def test_a_deleted_customer_is_no_longer_chosen(
    browser: Client, rossi: Customer, bianchi: Customer, flows: list[Workflow]
) -> None:
    choose(browser, "customer", customer=bianchi.pk)
    bianchi.delete()
    assert names(shown(browser)) == ["beta", "gamma"]


# Where the forms lead


@pytest.mark.parametrize(
    "to", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"]
)
def test_the_forms_lead_to_no_other_site(browser: Client, to: str) -> None:
    assert choose(browser, "size", size="50", next=to).url == "/admin/"


def test_an_unrestricted_operator_is_offered_all_customers_and_a_limited_one_his_own(
    client_of: Any, make_user: Any, rossi: Customer, bianchi: Customer
) -> None:
    make_customer("Verdi")
    both = client_of(make_user("both", OPERATORS, only=[rossi, bianchi]))
    page = both.get(f"{LIST}?view=none").content.decode()
    [choice] = re.findall(r'<select name="customer".+?</select>', page, re.DOTALL)
    offered = re.findall(r'<option value="\d*"[^>]*>([^<]+)</option>', choice)
    assert offered == ["All customers", "Bianchi", "Rossi"]
