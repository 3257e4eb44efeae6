"""The exports of many workflows, downloaded by clicks."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.web.kit.paginator import ROWS_ON_A_PAGE

MANY = ROWS_ON_A_PAGE + 5


@pytest.fixture(autouse=True)
def workflows(transactional_db: None) -> None:
    rossi, bianchi = make_customer("Rossi"), make_customer("Bianchi")
    a_workflow(bianchi, "0", name="Other", document=a_document(a_task("1", "T")))
    for number in range(MANY):
        document = a_document(a_task("1", "T"))
        a_workflow(rossi, str(number), name=f"Flow {number:02}", document=document)


def names_in(download: Download, folder: Path) -> list[str]:
    assert download.suggested_filename.startswith("exports-20")
    download.save_as(folder / "exports.zip")
    with zipfile.ZipFile(folder / "exports.zip") as book:
        return [file["name"] for file in json.loads(book.read("manifest.json"))["files"]]


def run(page: Page) -> Download:
    page.locator("select[name=action]").select_option("download_exports")
    with page.expect_download() as started:
        page.locator("button[name=index]").click()
    return started.value


def test_selected_workflows_and_all_that_match(visit: Visit, tmp_path: Path) -> None:
    page = visit("workflows/workflow/?q=Flow")
    for name in ("Flow 01", "Flow 03"):
        page.locator("#result_list tr", has_text=name).locator("input.action-select").check()
    assert names_in(run(page), tmp_path) == ["Flow 01", "Flow 03"]
    page.locator("#action-toggle").check()
    page.locator(".question a").click()
    assert names_in(run(page), tmp_path) == [f"Flow {number:02}" for number in range(MANY)]


def test_all_of_a_customer_in_two_clicks(visit: Visit, tmp_path: Path) -> None:
    page = visit("")
    page.get_by_role("link", name="Bianchi", exact=True).first.click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download exports (ZIP)").click()
    assert names_in(started.value, tmp_path) == ["Other"]


@pytest.mark.parametrize("path", ["", "customers/customer/", "workflows/workflow/", "jobs/jobrun/"])
def test_every_icon_is_drawn_and_not_written(visit: Visit, path: str) -> None:
    page = visit(path)
    page.evaluate("document.fonts.ready")
    icons = page.locator(".material-symbols-outlined:visible")
    expect(icons.first).to_be_visible()
    wide = icons.evaluate_all(
        "all => all.filter(one => { const text = document.createRange();"
        " text.selectNodeContents(one); const size = parseFloat(getComputedStyle(one).fontSize);"
        " return text.getBoundingClientRect().width > 1.2 * size }).map(one => one.textContent)"
    )
    assert wide == []
