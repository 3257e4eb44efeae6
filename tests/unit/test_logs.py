"""What reaches a log line, and what does not."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from workflow_mirror.logs import configure, logging_settings


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
