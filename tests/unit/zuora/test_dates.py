from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.zuora.dates import parse_time

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-05-31T14:52:38.171Z", datetime(2019, 5, 31, 14, 52, 38, 171000, tzinfo=UTC)),
        ("2021-07-23T11:43:48.576+08:00", datetime(2021, 7, 23, 3, 43, 48, 576000, tzinfo=UTC)),
        ("2022-08-21T10:51:22.613-07:00", datetime(2022, 8, 21, 17, 51, 22, 613000, tzinfo=UTC)),
        ("2021-07-23 11:43:48 +0800", datetime(2021, 7, 23, 3, 43, 48, tzinfo=UTC)),
        ("2019-09-10 19:33:34 UTC", datetime(2019, 9, 10, 19, 33, 34, tzinfo=UTC)),
        ("2019-09-10 19:33:34", datetime(2019, 9, 10, 19, 33, 34, tzinfo=UTC)),
        ("  2019-09-10 19:33:34\n", datetime(2019, 9, 10, 19, 33, 34, tzinfo=UTC)),
    ],
)
def test_every_form_that_zuora_sends_is_read_as_utc(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "N/A",
        "soon",
        "2019-13-01 00:00:00",
        "10/09/2019",
        "UTC",
        " UTC",
        "+",
        None,
        0,
        [],
        {},
    ],
)
def test_nonsense_is_no_time(value: Any) -> None:
    assert parse_time(value) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_cannot_hold_is_no_time(text: str) -> None:
    assert parse_time(text) is None


@settings(deadline=None)
@given(ANYTHING)
def test_no_value_raises(value: Any) -> None:
    moment = parse_time(value)

    assert moment is None or moment.tzinfo is UTC


@settings(deadline=None)
@given(st.datetimes(timezones=st.timezones()))
def test_what_is_written_in_iso_is_read_as_the_same_moment(moment: datetime) -> None:
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        return

    assert parse_time(moment.isoformat()) == in_utc
