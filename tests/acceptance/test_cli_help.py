"""What `zwm` says of itself, and of a command line that cannot be."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from tests.acceptance.processes import Mirror
from workflow_mirror.cli.app import app


def commands() -> list[list[str]]:
    """Every command of the tree, groups among them."""
    paths: list[list[str]] = [[]]
    for path in paths:
        command = typer.main.get_command(app)
        for word in path:
            command = command.commands[word]  # type: ignore[attr-defined]  # groups have them
        paths += [[*path, word] for word in getattr(command, "commands", {})]
    return paths


@pytest.fixture
def nowhere(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "nowhere")


def test_the_help_of_every_command_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: to start one takes many times as long as its help."""
    paths = commands()
    for path in paths:
        assert app([*path, "--help"], prog_name="zwm", standalone_mode=False) == 0
        shown = capsys.readouterr()
        assert " ".join(["Usage: zwm", *path]) in shown.out
        assert "Example: zwm" in shown.out
        assert shown.err == ""
    assert len(paths) >= 14


def test_help_needs_no_database(nowhere: Mirror) -> None:
    for path in (["manage"], ["sync-workflows"], ["customers", "list"]):
        shown = nowhere.run(*path, "--help")
        assert " ".join(["Usage: zwm", *path]) in shown.out
        assert shown.err == ""
    assert not nowhere.home.exists()


def test_a_bare_zwm_shows_its_help_and_is_wrong_use(nowhere: Mirror) -> None:
    done = nowhere.run(code=2)
    assert "sync-workflows" in done.out
    assert done.err == ""


WRONG_USES = {
    "customers nosuch": "No such command 'nosuch'. Try zwm customers --help",
    "customers list --nosuch": "No such option: --nosuch. Try zwm customers list --help",
    "customers add": "Missing argument 'NAME'. Try zwm customers add --help",
    "customers add X --base-url u --client-id c": (
        "No terminal to prompt for the client secret: use --client-secret-stdin"
    ),
    "customers add X --base-url u --client-id c --client-secret-stdin": (
        "The client secret is empty"
    ),
    "sync-workflows --sync": "Use --customer or --all to choose customers",
    "sync-workflows --sync --all --customer X": "Use --customer or --all to choose customers",
    "sync-tasks": "Use --workflow-id or --all to choose workflows",
    "workflows show abc": "Invalid value for 'ID'",
    "workflows export 1 --output /": "file '/' is a directory",
    "workflows list --state Bogus": "'Bogus' is not one of 'active', 'inactive'",
    "workflows list --limit 0": "Invalid value for '--limit'",
    "workflows list --json --jsonl": "Use --json or --jsonl, not both",
    "queue failed --limit 0": "Invalid value for '--limit'",
    "demo --port 99999": "Invalid value for '--port'",
}


def test_wrong_use_ends_with_2_and_one_line_before_anything_is_started(nowhere: Mirror) -> None:
    refusals = nowhere.run_all(*(command.split() for command in WRONG_USES), code=2)
    for done, reason in zip(refusals, WRONG_USES.values(), strict=True):
        assert done.err.startswith("zwm: ")
        assert done.err.count("\n") == 1
        assert reason in done.err
    assert not nowhere.home.exists()


def test_wrong_use_under_json_is_an_error_document(nowhere: Mirror) -> None:
    assert "No such command" in nowhere.refused("customers", "nosuch", code=2)


def test_an_argument_that_is_no_text_is_wrong_use(nowhere: Mirror) -> None:
    assert "UTF-8" in nowhere.run("customers", "check", "\udcff", code=2).complaint


def test_the_version_and_the_short_help_need_no_database(nowhere: Mirror) -> None:
    assert nowhere.run("--version").out == f"zwm {version('zuora-workflow-mirror')}\n"
    for path in ([], ["workflows"], ["workflows", "list"]):
        assert nowhere.run(*path, "-h").out == nowhere.run(*path, "--help").out
    assert not nowhere.home.exists()


def test_completion_without_a_database_offers_nothing_and_starts_nothing(nowhere: Mirror) -> None:
    typed = {
        "_ZWM_COMPLETE": "complete_bash", "COMP_WORDS": "zwm customers check ", "COMP_CWORD": "3",
    }  # fmt: skip
    done = nowhere.run(environ=typed)
    assert (done.out.strip(), done.err) == ("", "")
    assert not nowhere.home.exists()


def test_a_command_loads_neither_pydantic_nor_rich(mirror: Mirror) -> None:
    """Together they would be a fifth of its start."""
    done = mirror.run("customers", "list", environ={"PYTHONPROFILEIMPORTTIME": "1"})
    loaded = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert {"structlog.dev", "psycopg"} <= loaded
    assert not {"pydantic.main", "rich.console", "rich.pretty"} & loaded


SLOW_TO_LOAD = {"httpx2", "stamina", "uvicorn", "starlette", "xlsxwriter"}
READ = f"""
import django, sys
django.setup()
import workflow_mirror.cli.app
from workflow_mirror.jobs import queries
from workflow_mirror.workflows import queries
print(sorted({SLOW_TO_LOAD} & set(sys.modules)))
"""


def test_reading_the_mirror_loads_neither_the_http_client_nor_the_web_server() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_python_m_is_zwm_too(nowhere: Mirror) -> None:
    assert "Usage: zwm" in nowhere.run("--help").out
