"""The page asks the database the same, however many hits and saved searches there are."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.integration.web.conftest import make_customer
from tests.integration.web.indexed import TASKS, an_indexed_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.models import SavedView

MOST = 21
SETTINGS = ("SET LOCAL", "SAVEPOINT", "RELEASE")


@pytest.mark.parametrize("query", ["", "host:erp.example.com", "dunning erp", "type:Callout"])
@pytest.mark.parametrize("who", ["viewer", "limited"])
def test_more_hits_take_no_more_statements(
    viewer: Client, limited: Client, rossi: Customer, query: str, who: str
) -> None:
    browser = {"viewer": viewer, "limited": limited}[who]
    an_indexed_workflow(rossi)
    save(1)
    few = statements(browser, query)
    for number in range(4):
        tasks = [{**TASKS[0], "id": task, "name": f"Call {task}"} for task in range(10)]
        an_indexed_workflow(make_customer(f"Other {number}"), *tasks)
        an_indexed_workflow(rossi, *tasks, zuora_id=f"{number}", export_error="x")
    save(9)
    many = statements(browser, query)
    assert many == few
    assert len([one for one in many if not one.startswith(SETTINGS)]) <= MOST


def save(number: int) -> None:
    for owner in User.objects.all():
        for place in range(number):
            SavedView.objects.get_or_create(
                owner=owner, page="search", name=str(place), query="q=x", is_shared=True
            )


def statements(browser: Client, query: str) -> list[str]:
    """What each one begins with."""
    browser.get("/search/", {"q": query})  # what is asked once in a process
    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/search/", {"q": query}).status_code == 200
    return [re.sub(r"\d+|\s+", " ", one["sql"])[:30].strip() for one in asked]
