"""Language, time zone and theme: chosen on the page of preferences, kept with the account."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from tests.integration.web.conftest import ClientOf
from tests.integration.web.made_jobs import Status, make_job
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import EVERYTHING, scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.dashboard.chart import recent_syncs
from workflow_mirror.workflows.models import Workflow

UPDATED = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
ROME = {"language": "", "timezone": "Europe/Rome", "theme": "dark"}


@pytest.fixture
def workflow(rossi: Customer) -> str:
    made = Workflow.objects.create(customer=rossi, zuora_id="1", name="A", updated_on=UPDATED)
    return f"/admin/workflows/workflow/{made.pk}/change/"


def test_preferences_are_saved_and_used(viewer: Client, workflow: str) -> None:
    assert b"2026-11-28 23:30" in viewer.get(workflow).content
    assert viewer.post("/account/", ROME).status_code == 302
    page = viewer.get(workflow).content.decode()
    assert "2026-11-29 00:30" in page
    assert "Times: Europe/Rome (UTC+0" in page
    assert '<html lang="en" dir="ltr" class="dark"' in page


def test_a_limited_user_stays_limited(limited: Client, rossi: Customer) -> None:
    limited.post("/account/", ROME)
    assert scope_of(User.objects.get(username="livia")).customer_ids == (rossi.pk,)


def test_a_superuser_without_a_row_stays_unlimited(client_of: ClientOf, rossi: Customer) -> None:
    browser = client_of(User.objects.create_superuser("root"))
    browser.post("/account/theme/", {"theme": "light"})
    assert scope_of(User.objects.get(username="root")) == EVERYTHING


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"timezone": "Mars/Base"}, {"theme": "pink"}]
)
def test_an_unknown_choice_is_refused(viewer: Client, wrong: dict[str, str]) -> None:
    answer = viewer.post("/account/", ROME | wrong)
    assert answer.status_code == 200
    assert b"is not one of the available choices" in answer.content
    assert UserAccess.objects.get(user__username="vera").theme == ""


def test_an_unknown_theme_of_the_menu_is_refused(viewer: Client) -> None:
    assert viewer.post("/account/theme/", {"theme": "pink"}).status_code == 400


def test_the_menu_leads_back_to_its_page_and_to_no_other_site(viewer: Client) -> None:
    for wanted, there in (("/find/", "/find/"), ("https://evil.example/", "/account/")):
        answer = viewer.post("/account/theme/", {"theme": "dark", "next": wanted})
        assert answer["Location"] == there


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("Asia/Tokyo", "2026-11-29 08:30"),
        ("Mars/Base", "2026-11-28 23:30"),
        ("../etc/passwd", "2026-11-28 23:30"),
        ("", "2026-11-28 23:30"),
    ],
)
def test_without_a_choice_the_time_zone_is_the_browsers(
    viewer: Client, workflow: str, cookie: str, shown: str
) -> None:
    viewer.cookies["timezone"] = cookie
    assert shown in viewer.get(workflow).content.decode()


def test_one_users_time_zone_is_not_the_next_ones(
    viewer: Client, operator: Client, workflow: str
) -> None:
    viewer.post("/account/", ROME)
    viewer.get(workflow)
    assert b"2026-11-28 23:30" in operator.get(workflow).content


def test_no_language_is_the_browsers_again(viewer: Client) -> None:
    viewer.post("/language/", {"language": "it"})
    assert b'<html lang="it"' in viewer.get("/account/").content
    viewer.post("/account/", ROME)
    assert b'<html lang="en"' in viewer.get("/account/").content


def test_files_have_times_in_utc(viewer: Client, workflow: str) -> None:
    viewer.post("/account/", ROME)
    answer = viewer.get("/admin/workflows/workflow/csv/")
    assert b"2026-11-28 23:30" in b"".join(answer)


def test_the_days_of_the_chart_are_those_of_the_time_zone(rossi: Customer) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    job = make_job(rossi, Status.SUCCEEDED, output={"created": 3})
    JobRun.objects.filter(pk=job.pk).update(finished_at=midnight)
    with timezone.override("Pacific/Honolulu"):  # ten hours behind: the day before
        chart = recent_syncs(EVERYTHING)
    assert chart is not None
    day = chart["labels"][chart["datasets"][0]["data"].index(3)]
    assert day == date_format(midnight - timedelta(days=1), "D j")


def test_the_account_page_tells_what_one_may_see(limited: Client, viewer: Client) -> None:
    assert b"<dd>Rossi</dd>" in limited.get("/account/").content
    assert b"<dd>All customers</dd>" in viewer.get("/account/").content
