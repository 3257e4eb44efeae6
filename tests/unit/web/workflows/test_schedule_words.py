"""When a workflow runs, in words."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.utils.translation import override

from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.web.workflows.zuora_timezones import FRIENDLY, iana_name
from workflow_mirror.workflows.models import Workflow


@pytest.mark.parametrize(
    ("interval", "timezone", "words"),
    [
        ("", "", ""),
        ("0 30 2 * * MON-FRI", "UTC", "At 02:30, Monday through Friday (UTC)"),
        ("30 2 * * *", "", "At 02:30"),
        ("0 0 /4 * * *", "Tokyo", "Every 4 hours (Tokyo)"),
        ("15 0 6 * * *", "", "15 0 6 * * *"),
        ("when it rains", "Sydney", "when it rains (Sydney)"),
        ("0 0 5 1 * 1-5", "UTC", "0 0 5 1 * 1-5 (UTC)"),
        ("0 0 0 /2 * 1", "UTC", "0 0 0 /2 * 1 (UTC)"),
        ("0 0 0 * * MON#2", "", "0 0 0 * * MON#2"),
    ],
)
def test_a_schedule_is_said_in_words_or_as_it_is(interval: str, timezone: str, words: str) -> None:
    with override("en"):
        assert schedule_of(Workflow(interval=interval, timezone=timezone)) == words


def test_it_speaks_the_readers_language() -> None:
    with override("it"):
        assert schedule_of(Workflow(interval="0 0 6 * * *")) == "Alle 06:00"


def test_a_language_without_a_catalogue_reads_english() -> None:
    with override("fr"):
        assert schedule_of(Workflow(interval="0 0 6 * * *")) == "At 06:00"


def runs(interval: str, timezone: str = "Rome", **columns: Any) -> list[str]:
    workflow = Workflow(interval=interval, timezone=timezone, **columns)
    workflow.scheduled_trigger = columns.get("scheduled_trigger", True)
    rome = ZoneInfo("Europe/Rome")
    return [f"{run.astimezone(rome):%H:%M:%S}" for run in next_runs_of(workflow)]


def test_the_next_runs_are_in_the_zone_that_zuora_names() -> None:
    assert runs("0 30 5 * * *") == ["05:30:00"] * 3
    assert runs("30 5 * * MON#2") == ["05:30:00"] * 3
    assert runs("0 0 0 * * *", "Tokyo") != runs("0 0 0 * * *")


@pytest.mark.parametrize(
    ("interval", "columns"),
    [
        ("when it rains", {}),
        ("30 0 5 * * *", {}),  # seconds
        ("0 0 5 1 * MON", {}),  # Zuora does not say whether one of them has to match or both
        ("0 0 5 * * *", {"timezone": "Atlantis"}),
        ("0 0 5 * * *", {"timezone": ""}),
        ("0 0 5 * * *", {"scheduled_trigger": False}),
        ("0 0 5 * * *", {"deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}),
    ],
)
def test_there_are_no_next_runs_where_they_are_not_certain(
    interval: str, columns: dict[str, Any]
) -> None:
    assert runs(interval, **columns) == []


def test_zuoras_names_of_time_zones_are_known() -> None:
    assert iana_name("Eastern Time (US & Canada)") == "America/New_York"
    assert iana_name("Mexico City") == "America/Mexico_City"
    assert iana_name("Europe/Rome") == "Europe/Rome"
    assert iana_name("Atlantis") is None
    assert set(FRIENDLY.values()) <= available_timezones()
