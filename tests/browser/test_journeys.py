"""What people do with the web admin, in a real browser against the real processes.

Nothing is looked for by its words, so that the journeys are the same in every language.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import NO_FRAMES, OpenPage, find_by_name
from tests.browser.real_site import REFUSED, SEEDED, Site, real_site

WORDS = {"en": "Username", "it": "Nome utente"}
A_SYNC = 30_000  # milliseconds


@dataclass(frozen=True)
class Look:
    language: str
    theme: str

    @property
    def options(self) -> dict[str, Any]:
        return {"locale": self.language, "color_scheme": self.theme}


ENGLISH, ITALIAN = Look("en", "light"), Look("it", "dark")
BOTH = pytest.mark.parametrize("look", [ENGLISH, ITALIAN], ids=["en-light", "it-dark"])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with real_site() as running:
        yield running


@pytest.fixture(scope="module")
def logged_in(site: Site, browser: Browser) -> Any:
    """The cookies of somebody who has logged in."""
    context = browser.new_context()
    log_in(context.new_page(), site, site.password)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_admin(open_page: OpenPage, site: Site, logged_in: Any) -> Callable[..., Page]:
    def open_one(path: str = "", look: Look = ENGLISH, **options: Any) -> Page:
        page = open_page(storage_state=logged_in, **look.options, **options)
        page.goto(f"{site.address}/admin/{path}")
        return page

    return open_one


def log_in(page: Page, site: Site, password: str) -> None:
    page.goto(f"{site.address}/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(password)
    follow(page, page.locator("#login-form button[type=submit]"))


def follow(page: Page, where: Locator) -> None:
    """Click on what leads to another page."""
    with page.expect_navigation():
        where.click()


def job_of(site: Site, customer: str) -> int:
    """Its latest."""
    return int(
        site.mirror.ask(
            "SELECT max(job_manager.id) FROM job_manager JOIN customers"
            " ON customers.id = customer_id WHERE customers.name = %s",
            customer,
        )
    )


def status_of(site: Site, job: int) -> str:
    return str(site.mirror.ask("SELECT status FROM job_manager WHERE id = %s", job))


@BOTH
def test_log_in_add_a_customer_and_watch_its_sync_finish(
    open_page: OpenPage, site: Site, look: Look
) -> None:
    page = open_page(**look.options)
    log_in(page, site, "not the password")
    expect(page.locator("html")).to_have_attribute("lang", look.language)
    expect(page.locator("body")).to_contain_text(WORDS[look.language])
    expect(page.locator("[name=password]")).to_have_value("")
    log_in(page, site, site.password)
    expect(page).to_have_url(f"{site.address}/admin/")
    is_dark = "document.documentElement.classList.contains('dark')"
    assert page.evaluate(is_dark) is (look.theme == "dark")

    name = f"Verdi {look.language}"
    tenant = site.add_tenant(name, 40)
    site.zuora.fake.fail("slow", on="export", tenant=tenant, times=None, seconds=0.3)
    page.goto(f"{site.address}/admin/customers/customer/add/")
    page.locator("[name=name]").fill(name)
    page.locator("[name=data_centre]").select_option("other")
    page.locator("[name=zuora_base_url]").fill(site.zuora.base_url)
    page.locator("[name=zuora_client_id]").fill(tenant.client_id)
    page.locator("[name=new_secret]").fill("not-the-secret")
    follow(page, page.locator("[name=_save]"))
    expect(page.locator(".errornote, .errorlist").first).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value(name)
    page.locator("[name=new_secret]").fill(tenant.client_secret)
    follow(page, page.locator("[name=_save]"))
    expect(page).to_have_url(re.compile(r"/customers/customer/\d+/change/$"))
    expect(page.locator(".zk-title", has_text=name)).to_be_visible()

    job = job_of(site, name)
    expect(page.locator(f"[data-live=job-{job}-state]")).to_be_visible()
    page.goto(f"{site.address}/admin/jobs/jobrun/{job}/change/")
    page.evaluate("window.notReloaded = true")
    progress = page.locator(f"[data-live=job-{job}-progress]")
    expect(progress.locator("progress[value]")).to_be_visible(timeout=A_SYNC)
    expect(progress.locator("progress")).to_have_count(0, timeout=A_SYNC)
    expect(page.locator(f"[data-live=job-{job}-stats]")).to_contain_text("40")
    assert page.evaluate("window.notReloaded")
    assert status_of(site, job) == "succeeded"

    with page.expect_navigation():
        page.locator("form[action$='/logout/']").first.evaluate("form => form.requestSubmit()")
    page.goto(f"{site.address}/admin/customers/customer/")
    expect(page.locator("#login-form")).to_be_visible()


@BOTH
def test_open_a_workflow_and_use_its_graph(
    open_admin: Callable[..., Page], site: Site, look: Look
) -> None:
    page = open_admin("workflows/workflow/", look)
    follow(page, page.locator("#result_list tbody th a, #result_list tbody td a").first)
    expect(page).to_have_url(re.compile(r"/workflows/workflow/\d+/change/$"))
    follow(page, page.locator(".zw-tabs a[href='?tab=graph']"))
    page.locator("[data-drawn]").wait_for(state="attached")
    task = page.locator("[data-graph-open]").last.text_content() or ""
    page.locator("[data-graph-search]").fill(task)
    page.locator("[data-graph-search]").press("Enter")
    expect(page.locator("[data-graph-found]")).not_to_be_empty()
    page.locator("[data-graph-canvas]").focus()
    page.keyboard.press("Enter")
    panel = page.locator("[data-graph-panel]")
    expect(panel).to_be_visible()
    expect(panel.locator("[data-graph-panel-title]")).to_have_text(task)
    expect(panel.locator("dl, table").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_retry_a_failed_job_and_see_it_succeed(open_admin: Callable[..., Page], site: Site) -> None:
    job = job_of(site, REFUSED)
    page = open_admin("web/failedjob/")
    expect(page.locator(f"[data-live-row='{job}']")).to_be_visible()
    expect(page.locator(f"[data-live=job-{job}-state]")).to_be_visible()
    follow(page, page.locator(f"[data-live-row='{job}']"))
    expect(page.locator("body")).to_contain_text("Traceback")
    site.zuora.fake.clear_faults()
    follow(page, page.locator(f"a[href$='/{job}/retry/']"))
    page.evaluate("window.notReloaded = true")
    expect(page.locator(f"[data-live=job-{job}-stats]")).to_contain_text("5", timeout=A_SYNC)
    assert page.evaluate("window.notReloaded")
    assert status_of(site, job) == "succeeded"


@BOTH
def test_edit_a_schedule_and_switch_it_on(
    open_admin: Callable[..., Page], site: Site, look: Look
) -> None:
    name = f"Nightly {look.language}"
    page = open_admin("schedules/schedule/add/", look)
    page.locator("[name=name]").fill(name)
    page.locator("[name=cron]").fill("not a cron expression")
    follow(page, page.locator("[name=_save]"))
    expect(page.locator(".errorlist, .errornote").first).to_be_visible()
    page.locator("[name=cron]").fill("30 5 * * 1-5")
    follow(page, page.locator("[name=_save]"))
    row = page.locator("#result_list tbody tr", has_text=name)
    expect(row).to_contain_text("05:30")
    follow(page, row.locator("th a, td a").first)
    page.locator("[name=cron]").fill("15 4 * * *")
    follow(page, page.locator("[name=_continue]"))
    expect(page.locator("[name=cron]")).to_have_value("15 4 * * *")
    follow(page, page.locator("a[href$='/switch/']"))
    expect(page.locator("[name=is_enabled]")).to_be_checked()
    [next_run] = [site.mirror.ask("SELECT next_run_at FROM schedules WHERE name = %s", name)]
    assert (next_run.hour, next_run.minute) == (4, 15)


def test_the_search_box_leads_to_a_customer(open_admin: Callable[..., Page]) -> None:
    page = open_admin()
    find_by_name(page, SEEDED[:6])
    expect(page.get_by_role("option").filter(has_text=SEEDED).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/customers/customer/\d+/change/$"))
    expect(page.locator(".zk-title", has_text=SEEDED)).to_be_visible()


# --- What holds for every main page

PAGES = {
    "dashboard": "",
    "customers": "customers/customer/",
    "customer": "customers/customer/1/change/",
    "customer form": "customers/customer/1/edit/",
    "rejected customer": "customers/customer/2/change/",
    "new customer": "customers/customer/add/",
    "workflows": "workflows/workflow/?q=Account",
    "workflow": "workflows/workflow/1/change/",
    "workflow graph": "workflows/workflow/1/change/?tab=graph",
    "workflow tasks": "workflows/workflow/1/change/?tab=tasks",
    "workflow json": "workflows/workflow/1/change/?tab=json",
    "workflow history": "workflows/workflow/1/change/?tab=history",
    "workflow jobs": "workflows/workflow/1/change/?tab=jobs",
    "workflow version": "workflows/workflow/1/change/?tab=overview&version=1",
    "tasks": "workflows/task/?workflow__id__exact=1",
    "task": "workflows/task/1/change/",
    "jobs": "jobs/jobrun/",
    "job": "jobs/jobrun/1/change/",
    "failed job": "jobs/jobrun/2/change/",
    "waiting jobs": "web/waitingjob/",
    "failed jobs": "web/failedjob/",
    "batches": "jobs/jobbatch/",
    "batch": "jobs/jobbatch/1/change/",
    "schedules": "schedules/schedule/",
    "new schedule": "schedules/schedule/add/",
    "workers": "jobs/workerprocess/",
    "users": "auth/user/",
    "user": "auth/user/1/change/",
}
DESKTOP = ViewportSize(width=1440, height=900)  # from 1281 on the menu is open
PHONE = ViewportSize(width=390, height=844)
# Rule and element: the question marks that Django's own script puts beside a choice of many.
BEYOND_REACH = {
    ("aria-prohibited-attr", f'label[for="{field}"] > .help-tooltip.search-label-icon')
    for field in ("id_customers_input", "id_customers_selected_input")
}
# As the switch does it; colours change by and by.
TURN_DARK = """async () => {
  document.documentElement.classList.add("dark");
  await new Promise(requestAnimationFrame);
  const changes = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(changes.map((one) => one.finished));
}"""
IN_THE_DARK = {"runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def one_page(browser: Browser, logged_in: Any) -> Iterator[Page]:
    context = browser.new_context(
        storage_state=logged_in, reduced_motion="reduce", **ENGLISH.options
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_main_page_passes_axe_in_both_themes_and_fits_a_phone(
    one_page: Page, site: Site, name: str
) -> None:
    one_page.set_viewport_size(DESKTOP)
    one_page.goto(f"{site.address}/admin/{PAGES[name]}")
    found = serious(one_page)
    one_page.evaluate(TURN_DARK)
    found += serious(one_page, **IN_THE_DARK)
    one_page.set_viewport_size(PHONE)
    width = one_page.evaluate("document.documentElement.scrollWidth")
    assert found == []
    assert width <= PHONE["width"]


def serious(page: Page, **options: Any) -> list[str]:
    options = {"resultTypes": ["violations"], **NO_FRAMES, **options}
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in Axe().run(page, options=options).response["violations"]
        for node in violation["nodes"]
        if violation["impact"] in {"serious", "critical"}
        and (violation["id"], *node["target"]) not in BEYOND_REACH
    ]
