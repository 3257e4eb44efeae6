"""What reaches a log line, and what does not."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from workflow_mirror.logs import OnceAMinute, configure, logging_settings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The logging of the test run as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail_with(secret: str) -> None:
    held = secret
    if held:
        raise RuntimeError("it broke \x1b[2J")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_trace_shows_no_local_variables(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(logging_settings(log_format))
    try:
        fail_with("hush" * 3)
    except RuntimeError as error:
        structlog.get_logger("workflow_mirror.sync").error("Bug in the sync", exc_info=error)
    shown = capsys.readouterr().err
    assert "RuntimeError" in shown
    assert "fail_with" in shown
    assert "hushhushhush" not in shown


def test_a_text_from_zuora_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure(logging_settings("console"))
    nasty = "a\n2026 [error] forged \x1b[2J"
    structlog.get_logger("workflow_mirror").warning(nasty, reason=nasty, name="\x9b2J")
    [line] = capsys.readouterr().err.splitlines()
    assert line.count(r"a\n2026 [error] forged \x1b[2J") == 2
    assert r"name='\x9b2J'" in line


def test_json_lines_are_one_document_each(capsys: pytest.CaptureFixture[str]) -> None:
    configure(logging_settings("json"))
    structlog.get_logger("workflow_mirror").info("Workflow sync completed", stats={"total": 1})
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["stats"] == {"total": 1}


def shown(once: OnceAMinute, name: str, message: str, error: Exception | None = None) -> str | None:
    """What the filter makes of a line; None where it leaves it out."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.WARNING, "x.py", 1, message, (), info)
    return record.getMessage() if once.filter(record) else None


def test_what_clients_repeat_gets_through_once_a_minute_with_the_number_left_out() -> None:
    clock = [0.0]
    once = OnceAMinute(lambda: clock[0])
    assert shown(once, "uvicorn.error", "Bad request of a") == "Bad request of a"
    assert shown(once, "uvicorn.error", "Bad request of b") is None
    clock[0] = 59.9
    assert shown(once, "uvicorn.error", "Bad request of c") is None
    clock[0] = 60.0
    assert shown(once, "uvicorn.error", "Bad request") == "Bad request (2 like it were left out)"
    clock[0] = 120.0
    assert shown(once, "uvicorn.error", "Bad request") == "Bad request"


def test_our_own_lines_and_other_errors_of_one_place_are_never_left_out() -> None:
    once = OnceAMinute(lambda: 0.0)
    for name in ("workflow_mirror.sync", "workflow_mirror.web.people.log_ins", "djangox"):
        assert shown(once, name, "again") == shown(once, name, "again") == "again"
    errors = []
    for code in ("1 / 0", "[][0]"):
        try:
            exec(code)  # noqa: S102 - two errors of two places
        except (ZeroDivisionError, IndexError) as error:
            errors.append(error)
    assert [shown(once, "django.request", "failed", error) for error in errors] == ["failed"] * 2
    assert shown(once, "django.request", "failed", errors[0]) is None
