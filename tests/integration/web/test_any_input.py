"""Whatever a browser sends, no page answers with an error of the server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

import workflow_mirror.web
from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS
from workflow_mirror.web.kit.site import site

from .conftest import BACKEND, MakeUser, undone
from .made_world import World, make_world
from .urls import URLS, Url, typed_into

pytestmark = [pytest.mark.every_page, pytest.mark.usefixtures("transactional_db")]

# As they stand in an address. NUL, another control character, a byte that is no UTF-8 and the
# beginning of a regular expression; a number above every bigint; one that Python refuses to read.
BAD = ("a%00%01%FF%5B", "9" * 25, "9" * 5000)
TYPED = ("a\0\x01[", "9" * 5000)
# What Django's lists and forms read.
OF_LISTS = ("q", "p", "o", "cols", "view", "all", "_facets", "_popup", "_to_field")
OF_FORMS = ("_popup", "_to_field", "_changelist_filters", "_source_model", "next", "e")
NOT_OFFERED = ("name__regex", "id__in", "nothing")
PARAMETERS = {
    "find_page": ("q",),
    "find_proposals": ("q",),
    **dict.fromkeys(
        ("jobs_jobrun_rows", "web_waitingjob_rows", "web_failedjob_rows", "jobs_jobbatch_rows"),
        ("ids",),
    ),
    "jobs_live": ("list", "jobs", "batches", "customers", "workers"),
    "workflows_workflow_change": ("tab", "version", "before", "at"),
    "workflows_workflow_changes": ("before",),
    "history_workflowchange_week": ("day",),
    "workflows_workflow_uses": ("kind", "name", "task", "page"),
    "workflows_workflow_task": ("task", "version"),
    "workflows_workflow_preview": ("task", "version", "at"),
    "workflows_workflow_json": ("download",),
    "workflows_workflow_export": ("download",),
    "workflows_workflow_compare": ("a", "b"),
    "workflows_workflow_compare_with": ("q", "customer", "other"),
    "autocomplete": ("term", "app_label", "model_name", "field_name", "page"),
    "login": ("next",),
    "notifications_notificationrule_add": ("recommended",),
    "search_page": ("q", "page"),
    "search_complete": ("term",),
    "search_csv_file": ("q",),
    "search_xlsx_file": ("q",),
    "workflows_task_change": ("at", "find"),
    "compare_page": ("source", "target", "status", "q", "page"),
    "compare_progress": ("source", "target"),
    "compare_csv_file": ("source", "target", "status", "q"),
    "compare_rules": ("source", "target"),
    "compare_matrix": ("template", "different", "page", "sheet"),
    "compare_matrix_csv_file": ("template",),
}
LISTS = {
    name: f"{name.rsplit('_', 1)[0]}_changelist"
    for name in URLS
    if name.endswith(("_changelist", "_csv", "_xlsx", "_rows"))
}


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def browser_of(user: Any) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(user, backend=BACKEND)
    return browser


def offered_by(name: str) -> Iterator[str]:
    """The parameters of the filters of a list."""
    for one in page_of(name).list_filter:
        if isinstance(one, str):
            yield f"{one}__exact"
            yield f"{one}__id__exact"
            yield f"{one}__isnull"
        elif isinstance(one, tuple):
            yield f"{one[0]}__id__exact"
            yield f"{one[0]}__isnull"
        else:
            yield one.parameter_name


def page_of(name: str) -> Any:
    [page] = [
        page
        for model, page in site._registry.items()
        if LISTS[name].startswith(f"{model._meta.label_lower.replace('.', '_')}_")
    ]
    return page


def parameters_of(name: str) -> tuple[str, ...]:
    if name in LISTS:
        return (*offered_by(name), *OF_LISTS, *NOT_OFFERED, *PARAMETERS.get(name, ()))
    return PARAMETERS.get(name, ())


def address_of(url: Url, world: World) -> str:
    return url.address(world.rossi, world).partition("?")[0]


def status(answer: Any) -> int:
    answer.close()
    return int(answer.status_code)


def test_every_parameter_that_our_pages_read_is_tried() -> None:
    read = re.compile(r"""GET\.get\("(\w+)"|"(\w+)" in request\.GET|_ids\(request, "(\w+)"\)""")
    found = {
        next(filter(None, names))
        for path in Path(workflow_mirror.web.__file__).parent.rglob("*.py")
        for names in read.findall(path.read_text())
    }
    assert {"q", "task", "jobs"} < found
    assert found <= {parameter for name in URLS for parameter in parameters_of(name)}


@pytest.mark.parametrize("only", ["all", "none"])
def test_no_value_of_a_parameter_is_an_error_of_the_server(
    world: World, make_user: MakeUser, only: str
) -> None:
    """By itself as who sees all customers, and with a search as who sees none.

    A value is read the same way for both, and the two files of a list are of the same rows: there
    one value suffices.
    """
    if only == "all":
        browser, search = browser_of(make_user("ada", ADMINISTRATORS)), ""
    else:
        browser, search = browser_of(make_user("nil", OPERATORS, only=[])), "&q=Dunning"
    found = {
        (name, parameter, value[:20]): answered
        for name in sorted({*LISTS, *PARAMETERS})
        for parameter in parameters_of(name)
        for value in (BAD if only == "all" and not name.endswith("_xlsx") else BAD[:1])
        if (
            answered := status(
                browser.get(f"{address_of(URLS[name], world)}?{parameter}={value}{search}")
            )
        )
        >= 500
    }
    assert found == {}


@pytest.mark.parametrize("value", BAD)
def test_no_part_of_an_address_is_an_error_of_the_server(
    world: World, make_user: MakeUser, value: str
) -> None:
    """`_00` is how the admin writes a NUL in the id of an object."""
    browser = browser_of(make_user("ada", ADMINISTRATORS))
    query = "&".join(f"{name}={value}" for name in OF_FORMS)
    found: dict[Any, int] = {}
    for url in URLS.values():
        addresses = [f"{address_of(url, world)}?{query}"]
        if url.of:
            for written in (value, f"_00{value}", f"1{value}"):
                changed = re.sub(r"<[^>]+>", written, url.route)
                addresses.append(f"/{changed}")
        answers = {address: status(browser.get(address)) for address in addresses}
        found |= {address[:90]: code for address, code in answers.items() if code >= 500}
    assert found == {}


def test_no_value_of_a_form_is_an_error_of_the_server(world: World, make_user: MakeUser) -> None:
    browser = browser_of(make_user("ada", ADMINISTRATORS))
    found: dict[Any, int] = {}
    for url in URLS.values():
        for form in forms_of(url, world):
            for value in TYPED:
                around = dict.fromkeys(("next", "_popup", "_to_field", "_source_model"), value)
                changes = [*({field: value} for field in form), around]
                if url.name.endswith(("_add", "_change", "_edit")):  # the forms of an object
                    changes.append({"_continue": value})
                for change in changes:
                    with undone(browser):
                        answer = browser.post(address_of(url, world), form | change)
                    if status(answer) >= 500:
                        found[url.name, *change, value[:20]] = answer.status_code
    assert found == {}


def forms_of(url: Url, world: World) -> Iterator[dict[str, Any]]:
    yield typed_into(url, world.rossi) | (
        {"username": "ada", "password": "wrong"} if url.name == "login" else {}
    )
    if url.name in LISTS:
        for action in page_of(url.name).actions:
            yield {"action": action, ACTION_CHECKBOX_NAME: "1", "select_across": "0", "index": "0"}


def test_no_cookie_is_an_error_of_the_server(world: World, make_user: MakeUser) -> None:
    """Python reads "\\000" in a quoted cookie as a NUL character."""
    browser = browser_of(make_user("ada", ADMINISTRATORS))
    for name in ("sessionid", "csrftoken", "django_language", "messages", "timezone"):
        for value in (
            r'"a\000b"',
            r'"\001"',
            "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
            "9" * 4000,
        ):
            with undone(browser):
                answer = browser.get("/admin/", headers={"Cookie": f"{name}={value}"})
            assert status(answer) < 500, (name, value)
