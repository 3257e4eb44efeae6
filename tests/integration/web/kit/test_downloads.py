"""The list of workflows as CSV and XLSX: the rows that the list shows, and no formula."""

import asyncio
import csv
import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from tests.integration.web.mirrored import FORMULA, a_document, a_task, a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.kit import downloads as exports
from workflow_mirror.workflows.models import Workflow

BASE = "/admin/workflows/workflow/"
CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NAME = 2

type Rows = list[list[str]]


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    return content


def close_database() -> None:
    """The connection of the thread that runs this, which may be another than the test's."""
    connection.close()


def read_csv(content: bytes) -> Rows:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> Rows:
    """The texts of all sheets; fails if a cell is a formula."""
    rows: Rows = []
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in sorted(book.namelist()):
            if not name.startswith("xl/worksheets/sheet"):
                continue
            sheet = ET.fromstring(book.read(name))  # noqa: S314 - we wrote it
            assert sheet.find(f".//{CELL}f") is None
            for row in sheet.iter(f"{CELL}row"):
                rows.append(["".join(cell.itertext()) for cell in row])
    return rows


@pytest.fixture(params=["csv", "xlsx"])
def rows_of(request: pytest.FixtureRequest) -> Callable[[Client, str], Rows]:
    read = read_csv if request.param == "csv" else read_xlsx

    def fetch(browser: Client, query: str) -> Rows:
        return read(body(browser.get(f"{BASE}{request.param}/{query}")))

    return fetch


def test_the_file_has_what_the_list_shows(
    viewer: Client, rossi: Customer, rows_of: Callable[[Client, str], Rows]
) -> None:
    document = a_document(a_task("1", "T"), a_task("2", "T"))
    a_workflow(rossi, "1", name="Dunning à", scheduled_trigger=True, document=document)
    titles, row = rows_of(viewer, "")
    assert titles[:3] == ["customer", "Zuora ID", "name"]
    for text in ("Rossi", "1", "Dunning à", "Scheduled", "2"):
        assert text in row


def test_a_schedule_without_safe_words_is_itself_in_the_file_beside_its_next_runs(
    viewer: Client, rossi: Customer, rows_of: Callable[[Client, str], Rows]
) -> None:
    a_workflow(rossi, "1", scheduled_trigger=True, interval="0 0 LW * *", timezone="UTC")
    titles, row = rows_of(viewer, "")
    assert "0 0 LW * * (UTC)" in row
    assert titles[-1] == "next runs"
    assert re.fullmatch(r"(\S+ 00:00, ){2}\S+ 00:00 UTC", row[-1])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["alpha", "beta", "gamma"]),
        ("?o=-name", ["gamma", "beta", "alpha"]),
        ("?q=alp", ["alpha"]),
        ("?state=Inactive", ["beta"]),
        ("?state=Inactive&q=alp", []),
        ("?p=2", ["alpha", "beta", "gamma"]),
    ],
)
def test_exactly_the_filtered_rows(
    viewer: Client,
    rossi: Customer,
    rows_of: Callable[[Client, str], Rows],
    query: str,
    found: list[str],
) -> None:
    a_workflow(rossi, "1", name="alpha")
    a_workflow(rossi, "2", name="beta", state="Inactive")
    a_workflow(rossi, "3", name="gamma")
    assert [row[NAME] for row in rows_of(viewer, query)[1:]] == found


def test_a_file_is_not_cut_where_the_list_is(
    viewer: Client,
    rossi: Customer,
    rows_of: Callable[[Client, str], Rows],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflow_mirror.web.kit.lists.FOUND", 10)
    monkeypatch.setattr("workflow_mirror.web.kit.file_columns.READ_AT_ONCE", 7)
    for number in range(60):
        a_workflow(rossi, str(number), name=f"flow {number:02}")
    assert len(rows_of(viewer, "?q=flow")) == 61


@pytest.mark.parametrize(
    "begin",
    [*"=+-@\t\r\n", *"＝＋－＠", " =", "\n=", "\u00a0＝", "\ufeff=", "\u200b@"],
)
def test_no_text_of_zuoras_becomes_a_formula(viewer: Client, rossi: Customer, begin: str) -> None:
    text = begin + FORMULA[1:]
    a_workflow(rossi, "1", name=text, description=text, state=text, version=text, timezone=text)
    [_, row] = read_csv(body(viewer.get(f"{BASE}csv/")))
    assert row[NAME] == f"'{text}"
    assert [cell for cell in row if FORMULA[1:] in cell and cell[0] != "'"] == []
    book = body(viewer.get(f"{BASE}xlsx/"))
    read_xlsx(book)  # which looks for formulas
    assert is_literal(book, "C2")


def is_literal(content: bytes, cell: str) -> bool:
    """Whether the cell stays a text when somebody edits it."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet, styles = (
            ET.fromstring(book.read(f"xl/{name}.xml"))  # noqa: S314 - we wrote it
            for name in ("worksheets/sheet1", "styles")
        )
    [found] = [one for one in sheet.iter(f"{CELL}c") if one.get("r") == cell]
    formats = styles.findall(f"{CELL}cellXfs/{CELL}xf")
    return formats[int(found.get("s", 0))].get("quotePrefix") == "1"


def test_a_limited_user_gets_his_own_rows(
    limited: Client,
    rossi: Customer,
    bianchi: Customer,
    rows_of: Callable[[Client, str], Rows],
) -> None:
    a_workflow(rossi, "1", name="mine")
    a_workflow(bianchi, "2", name="secret")
    for query in ("", f"?customer__id__exact={bianchi.pk}", "?q=secret"):
        assert "secret" not in [row[NAME] for row in rows_of(limited, query)]
    assert [row[NAME] for row in rows_of(limited, "")[1:]] == ["mine"]


def test_files_have_safe_names_and_are_kept_by_no_cache(viewer: Client) -> None:
    for suffix in ("csv", "xlsx"):
        answer = viewer.get(f"{BASE}{suffix}/?q=%22%0d%0ax")
        assert answer["Content-Disposition"].startswith('attachment; filename="workflows-2')
        assert answer["Content-Disposition"].endswith(f'.{suffix}"')
        assert "no-store" in answer["Cache-Control"]
        body(answer)  # the test's browser closes only what it has read


def test_no_document_is_loaded_and_tasks_are_counted_in_portions(
    viewer: Client, rossi: Customer
) -> None:
    for number in range(5):
        a_workflow(rossi, str(number), document=a_document(a_task("1", "T")))
    with CaptureQueriesContext(connection) as statements:
        body(viewer.get(f"{BASE}csv/"))
    text = "".join(entry["sql"] for entry in statements)
    for column in ('"json_export"', '"list_row"', '"data"'):
        assert column not in text
    assert text.count('FROM "tasks"') == 2  # of the list's page, and of the file's portion


@pytest.mark.parametrize("write", [exports.write_csv, exports.write_xlsx])
def test_a_long_list_needs_no_more_memory_than_a_short_one(write: exports.Write) -> None:
    def peak(number: int) -> int:
        rows = ((f"name {place}", "text " * 20, place) for place in range(number))
        with open("/dev/null", "wb") if write is exports.write_csv else io.BytesIO() as file:  # noqa: PTH123
            tracemalloc.start()
            write(file, ["name", "text", "number"], rows)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) - peak(1_000) < 1_500_000


def test_a_list_too_long_for_one_sheet_goes_on_in_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)
    for number, sheets in ((0, 1), (3, 1), (4, 2), (6, 2), (7, 3)):
        file = io.BytesIO()
        exports.write_xlsx(file, ["n"], ((str(place),) for place in range(number)))
        rows = read_xlsx(file.getvalue())
        assert [row for row in rows if row != ["n"]] == [[str(place)] for place in range(number)]
        assert rows.count(["n"]) == sheets


@pytest.mark.django_db(transaction=True)
def test_the_real_server_streams_it(viewer: Client, rossi: Customer) -> None:
    a_workflow(rossi, "1", name="alpha")
    browser = AsyncClient()
    browser.cookies = viewer.cookies

    async def fetch() -> bytes:
        answer: Any = await browser.get(f"{BASE}csv/")
        assert answer.is_async
        content = b"".join([chunk async for chunk in answer.streaming_content])
        await sync_to_async(close_database)()
        return content

    assert [row[NAME] for row in read_csv(asyncio.run(fetch()))] == ["name", "alpha"]
    assert Workflow.objects.count() == 1
