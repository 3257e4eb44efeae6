"""What `zwm` says of itself, and of a command line that cannot be."""

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


def test_the_help_of_every_command_shows_an_example_and_needs_no_database(nowhere: Mirror) -> None:
    helps = nowhere.run_all(*([*path, "--help"] for path in commands()))
    for path, shown in zip(commands(), helps, strict=True):
        assert " ".join(["Usage: zwm", *path]) in shown.out
        assert "Example: zwm" in shown.out
        assert shown.err == ""
    assert len(helps) >= 14
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
        "There is no terminal to ask for the client secret: --client-secret-stdin"
    ),
    "customers add X --base-url u --client-id c --client-secret-stdin": (
        "The client secret is empty"
    ),
    "sync-workflows --sync": "Name customers with --customer, or say --all",
    "sync-workflows --sync --all --customer X": "Name customers with --customer, or say --all",
    "sync-tasks": "Name a workflow with --workflow-id, or say --all",
    "workflows show abc": "Invalid value for 'ID'",
    "workflows export 1 --output /": "file '/' is a directory",
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


def test_python_m_is_zwm_too(nowhere: Mirror) -> None:
    assert "Usage: zwm" in nowhere.run("--help").out
