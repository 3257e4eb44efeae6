"""The pages of schedules: the form, the switch, running one now, and whose they are."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import make_failed, make_worker
from workflow_mirror.customers.models import Customer
from workflow_mirror.errors import as_fact
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.network_errors import RefusedError
from workflow_mirror.outgoing.errors import NoResponseError
from workflow_mirror.schedules.cron import next_slots
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.service import examine, save_schedule
from workflow_mirror.web.schedules import form

pytestmark = pytest.mark.usefixtures("transactional_db")

LIST = "/admin/schedules/schedule/"
ADD = LIST + "add/"


@pytest.fixture(autouse=True)
def nothing_yet(transactional_db: None) -> None:
    """Without the schedule that the migrations make."""
    Schedule.objects.all().delete()


def make_schedule(name: str, *customers: Customer, **columns: Any) -> Schedule:
    schedule = Schedule(name=name, all_customers=not customers, **columns)
    save_schedule(schedule, list(customers))
    return schedule


def change(schedule: Schedule) -> str:
    return reverse("admin:schedules_schedule_change", args=(schedule.pk,))


def act(name: str, schedule: Schedule) -> str:
    return reverse(f"admin:schedules_schedule_{name}", args=(schedule.pk,))


def typed(**other: Any) -> dict[str, Any]:
    return {
        "name": "nightly",
        "cron": "30  5 * * 1-5",
        "timezone": "Europe/Rome",
        "is_enabled": "on",
        "all_customers": "on",
        **other,
    }


def chosen(*customers: Customer) -> dict[str, Any]:
    return {"all_customers": "", "customers": [customer.pk for customer in customers]}


def test_a_schedule_is_added_with_its_next_run(operator: Client) -> None:
    assert operator.post(ADD, typed()).status_code == 302
    schedule = Schedule.objects.get()
    assert (schedule.name, schedule.cron) == ("nightly", "30 5 * * 1-5")
    assert schedule.next_run_at is not None
    assert schedule.next_run_at > datetime.now(UTC)
    assert schedule.all_customers


def test_the_list_describes_the_cron_expression_in_the_users_language(
    viewer: Client, rossi: Customer
) -> None:
    schedule = make_schedule(
        "nightly", rossi, cron="30 5 * * 1-5", timezone="Europe/Rome", is_enabled=True
    )
    assert schedule.next_run_at is not None
    text = viewer.get(LIST).content.decode()
    assert "At 05:30, Monday through Friday" in text
    assert "Europe/Rome" in text
    assert f"{schedule.next_run_at:%Y-%m-%d %H:%M} UTC" in text
    assert "05:30 Europe/Rome" in text
    assert "Rossi" in text
    italian = viewer.get(LIST, headers={"Accept-Language": "it"}).content.decode()
    assert "05:30" in italian
    assert "Alle 05:30, da lunedì a venerdì" in italian


def test_the_next_three_runs_stand_beside_the_words(operator: Client) -> None:
    schedule = make_schedule("odd", cron="0 5 1 * 1-5", timezone="Europe/Rome")
    runs = next_slots("0 5 1 * 1-5", "Europe/Rome", datetime.now(UTC))
    listed = ", ".join(f"{run:%Y-%m-%d %H:%M}" for run in runs) + " UTC"
    text = operator.get(LIST).content.decode()
    assert f"Next runs: {listed}</span>" in text
    assert "Monday" not in text
    page = operator.get(change(schedule)).content.decode()
    assert page.count("05:00 Europe/Rome") == 3
    schedule.cron = "0 5 * * *"
    save_schedule(schedule)
    assert ">At 05:00</span>" in operator.get(LIST).content.decode()


@pytest.mark.parametrize("wrong", [{"cron": "often"}, {"timezone": "../../etc/passwd"}])
def test_an_invalid_row_breaks_no_page_and_can_be_disabled(
    operator: Client, wrong: dict[str, str]
) -> None:
    make_schedule("good", cron="30 5 * * *", is_enabled=True)
    bad = make_schedule("bad", is_enabled=True)
    Schedule.objects.filter(pk=bad.pk).update(**wrong)
    text = operator.get(LIST).content.decode()
    assert "At 05:30" in text
    assert "Invalid cron expression" in text or "Unknown time zone" in text
    assert operator.get(change(bad)).status_code == 200
    assert b"bad is disabled" in operator.post(act("switch", bad), follow=True).content
    refused = operator.post(act("switch", bad), follow=True).content.decode()
    assert "Invalid cron expression" in refused or "Unknown time zone" in refused
    bad.refresh_from_db()
    assert not bad.is_enabled


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"cron": "every day"}, "cron", "five fields"),
        ({"cron": "0 0 31 2 *"}, "cron", "never occurs"),
        ({"cron": "61 * * * *"}, "cron", "minute must be 0-59"),
        ({"timezone": "Mars/Olympus"}, "timezone", "Select a valid choice"),
        ({"name": "  "}, "name", "required"),
        ({"name": "taken"}, "name", "already"),
        ({"all_customers": ""}, "customers", "Select at least one customer"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: Client, wrong: dict[str, str], field: str, words: str
) -> None:
    make_schedule("taken")
    answer = operator.post(ADD, typed(**wrong))
    assert answer.status_code == 200
    assert words in str(answer.context["adminform"].form.errors[field])
    assert list(Schedule.objects.values_list("name", flat=True)) == ["taken"]


def test_an_invalid_cron_expression_is_reported_beside_other_errors(operator: Client) -> None:
    answer = operator.post(ADD, typed(name="", cron="61 * * * *", all_customers=""))
    assert set(answer.context["adminform"].form.errors) == {"name", "cron", "customers"}


def test_the_heading_has_the_name_as_it_was_typed(operator: Client) -> None:
    page = operator.get(change(make_schedule("nightly"))).content.decode()
    assert last_of_heading(page) == "nightly"


def test_the_heading_of_a_job_begins_with_a_capital(operator: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    page = operator.get(reverse("admin:jobs_jobrun_change", args=(run.pk,))).content.decode()
    assert last_of_heading(page) == f"Job {run.pk}"


def last_of_heading(page: str) -> str:
    [heading] = re.findall(r"<h1.*?</h1>", page, re.DOTALL)
    parts: list[str] = re.findall(r">([\w ]+)</", heading)
    return parts[-1]


def test_the_question_before_a_deletion_is_good_italian(administrator: Client) -> None:
    address = reverse("admin:schedules_schedule_delete", args=(make_schedule("nightly").pk,))
    page = administrator.get(address, headers={"accept-language": "it"}).content.decode()
    assert 'Eliminare "nightly" (pianificazione)?' in page.replace("&quot;", '"')


def test_a_changed_schedule_is_saved_and_counted_anew(operator: Client, rossi: Customer) -> None:
    schedule = make_schedule("hourly")
    answer = operator.post(change(schedule), typed(name="hourly", **chosen(rossi)))
    assert answer.status_code == 302
    schedule.refresh_from_db()
    assert not schedule.all_customers
    assert list(schedule.customers.all()) == [rossi]
    assert schedule.next_run_at is not None
    operator.post(change(schedule), typed(name="hourly", customers=[rossi.pk]))
    schedule.refresh_from_db()
    assert schedule.all_customers
    assert not schedule.customers.exists()


def test_a_schedule_removed_since_its_form_was_validated_is_reported(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = make_schedule("hourly")

    def examine_and_remove(changed: Schedule) -> None:
        examine(changed)
        Schedule.objects.filter(pk=changed.pk).delete()

    monkeypatch.setattr(form, "examine", examine_and_remove)
    answer = operator.post(change(schedule), typed(name="hourly"), follow=True)
    assert "There is no schedule &#x27;hourly&#x27;" in answer.content.decode()


def test_the_switch_turns_it_on_and_off(operator: Client) -> None:
    schedule = make_schedule("hourly")
    answer = operator.post(act("switch", schedule), follow=True)
    assert b"hourly is enabled" in answer.content
    assert b"No worker is running" in answer.content
    schedule.refresh_from_db()
    assert schedule.next_run_at is not None
    make_worker()
    answer = operator.post(act("switch", schedule), follow=True)
    assert b"hourly is disabled" in answer.content
    assert b"No worker is running" not in answer.content
    schedule.refresh_from_db()
    assert not Schedule.objects.exclude(is_enabled=False, next_run_at=None).exists()


def test_run_now_queues_its_syncs_in_the_users_name(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    schedule = make_schedule("hourly", rossi)
    assert b"1 sync queued" in operator.post(act("run", schedule), follow=True).content
    assert (
        b"already queued; your request was merged"
        in operator.post(act("run", schedule), follow=True).content
    )
    run = JobRun.objects.get()
    assert (run.customer, run.requested_by) == (rossi, "otto")


def test_a_schedule_without_an_active_customer_says_so(operator: Client, rossi: Customer) -> None:
    Customer.objects.update(is_active=False)
    schedule = make_schedule("hourly", rossi)
    answer = operator.post(act("run", schedule), follow=True)
    assert b"no active customer" in answer.content


def test_a_viewer_may_look_and_do_nothing(viewer: Client, rossi: Customer) -> None:
    schedule = make_schedule("hourly", rossi)
    assert viewer.get(LIST).status_code == 200
    assert viewer.get(change(schedule)).status_code == 200
    assert viewer.get(ADD).status_code == 403
    for name in ("switch", "run", "delete"):
        assert viewer.post(act(name, schedule), {"post": "yes"}).status_code == 403
    assert viewer.post(change(schedule), typed()).status_code == 403
    schedule.refresh_from_db()
    assert (schedule.name, schedule.is_enabled) == ("hourly", False)
    assert not JobRun.objects.exists()


def test_a_limited_user_sees_the_schedules_of_his_customers_alone(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    own = make_schedule("own", rossi)
    others = [
        make_schedule("for-all"),
        make_schedule("mixed", rossi, bianchi),
        make_schedule("foreign", bianchi),
    ]
    abandoned = make_schedule("abandoned", rossi)
    abandoned.customers.clear()
    text = limited.get(LIST).content.decode()
    assert change(own) in text
    for schedule in (*others, abandoned):
        assert schedule.name not in text
        assert limited.get(change(schedule)).status_code == 404
        assert limited.post(change(schedule), typed(**chosen(rossi))).status_code == 404
        for name in ("switch", "run", "delete"):
            assert limited.post(act(name, schedule), {"post": "yes"}).status_code == 404
    assert Schedule.objects.count() == 5
    assert not JobRun.objects.exists()


def test_a_limited_user_makes_schedules_of_his_customers_alone(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    form = limited.get(ADD).content.decode()
    assert "Bianchi" not in form
    assert "all_customers" not in form
    limited.post(ADD, typed(name="everything"))
    limited.post(ADD, typed(name="foreign", **chosen(bianchi)))
    limited.post(ADD, typed(name="mixed", **chosen(rossi, bianchi)))
    assert not Schedule.objects.exists()
    # What the form does not have is not taken from the request either.
    limited.post(ADD, typed(name="own", customers=[rossi.pk]))
    schedule = Schedule.objects.get()
    assert not schedule.all_customers
    assert list(schedule.customers.all()) == [rossi]


def test_a_stranger_sees_none_of_it(stranger: Client) -> None:
    schedule = make_schedule("hourly")
    for address in (LIST, ADD, change(schedule)):
        assert stranger.get(address).status_code == 403


def test_the_number_of_statements_does_not_grow(administrator: Client) -> None:
    customers = [make_customer(f"Customer {number}") for number in range(12)]
    make_schedule("first", *customers[:2])
    administrator.get(LIST)
    with CaptureQueriesContext(connection) as few:
        administrator.get(LIST)
    for number in range(20):
        make_schedule(f"schedule {number}", *customers)
    with CaptureQueriesContext(connection) as many:
        page = administrator.get(LIST)
    assert len(many) == len(few)
    assert b"and 9 more" in page.content
    assert "zuora_client_secret" not in "".join(query["sql"] for query in many)


# Heartbeats

SECRET_URL = "https://hc.example.com/a-secret-path"


def test_a_heartbeat_url_is_set_kept_and_removed_and_never_shown(operator: Client) -> None:
    operator.post(ADD, typed(new_url=SECRET_URL))
    schedule = Schedule.objects.get()
    assert schedule.heartbeat_url == SECRET_URL
    page = operator.get(change(schedule)).content.decode()
    assert "keep the current URL at hc.example.com" in page
    assert "a-secret-path" not in page + operator.get(LIST).content.decode()
    operator.post(change(schedule), typed(cron="0 4 * * *"))
    assert Schedule.objects.get().heartbeat_url == SECRET_URL
    operator.post(change(schedule), typed(no_url="on"))
    assert not Schedule.objects.get().has_heartbeat
    assert "no_url" not in operator.get(change(schedule)).content.decode()


def test_a_heartbeat_url_that_cannot_be_called_is_said_at_its_field(operator: Client) -> None:
    answer = operator.post(ADD, typed(new_url="https://10.0.0.1/x"))
    assert "private" in str(answer.context["adminform"].form.errors["new_url"])
    assert not Schedule.objects.exists()


def test_a_heartbeat_that_failed_is_shown_in_the_users_language(operator: Client) -> None:
    reason = as_fact(RefusedError())
    error = NoResponseError(host="hc.example.com", reason=reason)
    schedule = make_schedule("nightly", is_enabled=True, heartbeat_url=SECRET_URL)
    Schedule.objects.update(heartbeat_error=str(error), heartbeat_details=error.coded)
    assert "Heartbeat failed" in operator.get(LIST).content.decode()
    page = operator.get(change(schedule)).content.decode()
    assert "hc.example.com did not answer: Connection refused" in page
    italian = {"Accept-Language": "it"}
    assert "Heartbeat non riuscito" in operator.get(LIST, headers=italian).content.decode()
    page = operator.get(change(schedule), headers=italian).content.decode()
    assert "hc.example.com non ha risposto: Connessione rifiutata" in page
