"""When a workflow runs, in words."""

import pytest
from django.utils.translation import override

from workflow_mirror.web.schedule_words import schedule_of
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
    ],
)
def test_a_schedule_is_said_in_words_or_as_it_is(interval: str, timezone: str, words: str) -> None:
    with override("en"):
        assert schedule_of(Workflow(interval=interval, timezone=timezone)) == words


def test_it_speaks_the_readers_language() -> None:
    with override("it"):
        assert schedule_of(Workflow(interval="0 0 6 * * *")) == "Alle 06:00"
