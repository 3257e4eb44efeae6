"""The hits of a search as files."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from tests.integration.web.conftest import make_customer
from tests.integration.web.indexed import TASKS, an_indexed_workflow
from tests.integration.web.mirrored import FORMULA
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.search import files as files_module
from workflow_mirror.web.search import page as page_module


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_a_file_has_a_row_for_each_place(viewer: Client, rossi: Customer) -> None:
    an_indexed_workflow(rossi)
    answer = viewer.get("/search/csv/", {"q": "host:erp.example.com"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    title, row = rows(answer)
    assert title[:5] == ["Customer", "Workflow", "Workflow's Zuora ID", "Task", "Task's Zuora ID"]
    assert row == [
        "Rossi",
        "Dunning",
        "4711",
        "Call ERP",
        "801",
        "Host",
        "erp.example.com",
        "parameters.url",
        "1",
        "https://erp.example.com/v1/invoices",
        "certain",
    ]


def test_no_text_of_zuora_is_a_formula(viewer: Client, rossi: Customer) -> None:
    task = {"id": 1, "name": FORMULA, "action_type": "Callout", "parameters": {"text": FORMULA}}
    an_indexed_workflow(rossi, task, name=FORMULA)
    cells = [cell for row in rows(viewer.get("/search/csv/", {"q": "hyperlink"})) for cell in row]
    assert sum("HYPERLINK" in cell for cell in cells) > 2
    assert not any(cell.startswith("=") for cell in cells)
    book = viewer.get("/search/xlsx/", {"q": "hyperlink"}).getvalue()
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        sheet = opened.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_a_file_that_was_cut_says_so_in_its_name_and_on_the_page(
    viewer: Client, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_indexed_workflow(rossi, *[{**TASKS[0], "id": number} for number in range(5)])
    query = {"q": "host:erp.example.com"}
    whole = viewer.get("/search/csv/", query)
    assert "-first-" not in whole["Content-Disposition"]
    assert len(rows(whole)) == 1 + 5
    assert "(first" not in viewer.get("/search/", query).content.decode()
    for module in (files_module, page_module):
        monkeypatch.setattr(module, "MOST_HITS", 3)
    answer = viewer.get("/search/csv/", query)
    assert '-first-3.csv"' in answer["Content-Disposition"]
    assert len(rows(answer)) == 1 + 3
    assert "(first 3 hits)" in viewer.get("/search/", query).content.decode()


def test_a_file_is_of_the_users_own_customers(limited: Client, rossi: Customer) -> None:
    an_indexed_workflow(rossi)
    an_indexed_workflow(make_customer("Bianchi"))
    _title, *found = rows(limited.get("/search/csv/", {"q": "host:erp.example.com"}))
    assert [row[0] for row in found] == ["Rossi"]


def test_a_wrong_query_leads_to_the_page_that_says_why(viewer: Client, rossi: Customer) -> None:
    answer = viewer.get("/search/xlsx/", {"q": "feild:x"}, follow=True)
    assert answer.redirect_chain == [("/search/?q=feild%3Ax", 302)]
    assert "Unknown key feild" in answer.content.decode()
