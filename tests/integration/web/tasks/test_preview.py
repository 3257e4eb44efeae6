"""HTML of a parameter as a document of its own: for a frame, and harmless by itself."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.integration.web.made_changes import an_export
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow

MAIL = """<html><body><p>Dear {{ Account.Name }},</p>
<LINK rel=preconnect href='//x'><a
href='//x'>y</A></body></html>"""
PARAMETERS = {
    "email": {"to": "a@example.com", "template": MAIL},
    "query": "SELECT Id\nFROM Account",
}

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def workflow(rossi: Customer) -> Workflow:
    return a_workflow(
        rossi, "101", document=a_document(a_task("a/b?c", "Remind", parameters=PARAMETERS))
    )


def address(workflow: Workflow, **query: Any) -> str:
    query = {"task": "a/b?c", "at": "email.template", **query}
    return f"/admin/workflows/workflow/{workflow.pk}/preview/?{urlencode(query)}"


def test_the_preview_is_the_html_and_nothing_else(viewer: Client, workflow: Workflow) -> None:
    answer = viewer.get(address(workflow))

    assert answer["Content-Type"] == "text/html; charset=utf-8"
    shown = MAIL.replace("<LINK", "<x-LINK").replace("<a\n", "<x-a\n").replace("</A>", "</x-A>")
    assert answer.content.decode().startswith(f"{shown}<style>")


def test_the_preview_may_run_and_load_nothing(viewer: Client, workflow: Workflow) -> None:
    answer = viewer.get(address(workflow))
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )

    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "",
    }
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    [{"at": "query"}, {"at": "email"}, {"at": "nothing"}, {"at": ""}, {"task": "2"}, {"task": ""}],
)
def test_what_is_not_html_has_no_preview(
    viewer: Client, workflow: Workflow, query: dict[str, str]
) -> None:
    assert viewer.get(address(workflow, **query)).status_code == 404


def test_a_stored_version_has_previews_of_its_own(viewer: Client, workflow: Workflow) -> None:
    earlier = {"email": {"template": "<p>Earlier</p>\n<br>"}}
    document = a_document(a_task("a/b?c", "Remind", parameters=earlier))
    export = an_export(workflow, "e", document, zuora_version="1")

    assert b"Earlier" in viewer.get(address(workflow, version=export.pk)).content
    details = f"/admin/workflows/workflow/{workflow.pk}/task/?task=a%2Fb%3Fc&version={export.pk}"
    assert f"task=a%2Fb%3Fc&amp;version={export.pk}&amp;at=email.template" in (
        viewer.get(details).content.decode()
    )


def test_a_limited_user_gets_no_preview_of_another_customers_task(
    limited: Client, stranger: Client, bianchi: Customer
) -> None:
    document = a_document(a_task("a/b?c", "Remind", parameters=PARAMETERS))
    hidden = a_workflow(bianchi, "900", document=document)

    assert limited.get(address(hidden)).status_code == 404
    assert stranger.get(address(hidden)).status_code == 403


def test_the_page_of_a_task_shows_the_preview_in_a_closed_sandbox(
    viewer: Client, workflow: Workflow
) -> None:
    [task] = workflow.tasks.all()
    text = viewer.get(f"/admin/workflows/task/{task.pk}/change/").content.decode()

    assert text.count("<iframe") == 1
    assert '<iframe sandbox="" ' in text
    assert f"/admin/workflows/workflow/{workflow.pk}/preview/?task=a%2Fb%3Fc&amp;at=email" in text
    assert "&lt;" in text
    assert "<p>Dear" not in text
