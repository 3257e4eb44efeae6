"""The page of results of the search box, and its proposals."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.integration.web.conftest import ClientOf, MakeUser
from workflow_mirror.access.groups import OPERATORS
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow


def page(browser: Client, text: str, path: str = "/find/") -> str:
    return browser.get(f"{path}?{urlencode({'q': text})}").content.decode()


@pytest.fixture
def dunning(rossi: Customer) -> Workflow:
    return Workflow.objects.create(customer=rossi, zuora_id="77", name="Dunning <US>")


def test_hits_link_to_their_pages_and_are_escaped(viewer: Client, dunning: Workflow) -> None:
    for path in ("/find/", "/find/proposals/"):
        shown = page(viewer, "dunning", path)
        assert f'href="/admin/workflows/workflow/{dunning.pk}/change/"' in shown
        assert "Dunning &lt;US&gt;" in shown


def test_a_cut_group_leads_to_the_list_with_the_same_search(
    viewer: Client, rossi: Customer
) -> None:
    for number in range(21):
        Workflow.objects.create(customer=rossi, zuora_id=str(number), name=f"Dunning {number}")
    shown = page(viewer, "rossi dunning")
    assert "Only the best 20 are shown." in shown
    assert 'href="/admin/workflows/workflow/?q=rossi+dunning"' in shown
    listed = viewer.get("/admin/workflows/workflow/?q=rossi+dunning").context["cl"]
    assert listed.result_count == 21


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("dunning", "dunning"),
        ("dunning US", "%22dunning+US%22"),
        ('say "no', "%22say+%5C%22no%22"),
    ],
)
def test_the_last_line_searches_inside_tasks(viewer: Client, text: str, query: str) -> None:
    for path in ("/find/", "/find/proposals/"):
        assert f'href="/search/?q={query}"' in page(viewer, text, path)


def test_a_text_that_no_query_can_have_offers_no_search(viewer: Client) -> None:
    assert "/search/?q=" not in page(viewer, "x")


@pytest.mark.parametrize("text", ["field:Region__c", "dunning -type:Callout", "customer:Rossi"])
def test_a_query_with_a_key_goes_to_the_search(viewer: Client, text: str) -> None:
    answer = viewer.get("/find/", {"q": text})
    assert answer.status_code == 302
    assert answer["Location"] == f"/search/?{urlencode({'q': text})}"


def test_a_colon_is_no_key_by_itself(viewer: Client, rossi: Customer) -> None:
    Workflow.objects.create(customer=rossi, zuora_id="1", name="Dunning: first letter")
    assert viewer.get("/find/", {"q": "Dunning: first"}).status_code == 200


def test_the_pages_of_the_menu_are_found(viewer: Client, administrator: Client) -> None:
    assert 'href="/admin/web/failedjob/"' in page(viewer, "failed", "/find/proposals/")
    assert "/admin/auth/user/" not in page(viewer, "users", "/find/proposals/")
    assert "/admin/auth/user/" in page(administrator, "users", "/find/proposals/")


def test_who_may_see_nothing_finds_nothing(
    stranger: Client, make_user: MakeUser, client_of: ClientOf, dunning: Workflow
) -> None:
    nobodys = client_of(make_user("nil", OPERATORS, only=[]))
    for browser in (stranger, nobodys):
        for path in ("/find/", "/find/proposals/"):
            assert "&lt;US&gt;" not in page(browser, "dunning", path)
