"""docs/reference/ names every command, option and variable that there is."""

import re
from pathlib import Path
from typing import Any

import typer

from workflow_mirror.cli.app import app

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
ENVIRONMENT = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")
GIVEN_BY_TYPER = {"--help"}


def commands(command: Any, path: str) -> dict[str, Any]:
    """Every command that does something, by what is typed for it."""
    if not hasattr(command, "commands"):
        return {path: command}
    found: dict[str, Any] = {}
    for name, child in command.commands.items():
        found |= commands(child, f"{path} {name}")
    return found


def sections() -> dict[str, str]:
    parts = re.split(r"^#{2,3} (.+)$", REFERENCE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options(command: Any) -> set[str]:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    every = {name for one in shown for name in (*one.opts, *one.secondary_opts)}
    return {name for name in every if name.startswith("--")} - GIVEN_BY_TYPER


def named_in(text: str) -> set[str]:
    return set(re.findall(r"`(--[a-z-]+)", text))


def test_every_command_has_a_section_with_exactly_its_options() -> None:
    documented = {title: text for title, text in sections().items() if title.startswith("zwm")}
    known = commands(typer.main.get_command(app), "zwm")
    assert set(documented) == set(known)
    for path, command in known.items():
        table = re.findall(r"^\| (`--.+?) \|", documented[path], flags=re.MULTILINE)
        assert named_in(" ".join(table)) == options(command), path


def test_the_options_of_zwm_itself_are_named() -> None:
    beginning = REFERENCE.partition("\n## ")[0]
    assert options(typer.main.get_command(app)) <= named_in(beginning)


def test_every_variable_that_the_program_reads_is_named() -> None:
    sources = (ROOT / "src/workflow_mirror").rglob("*.py")
    read = r"(?:environ\.get\(|environment\.\w+\(\s*|environ, )\"([A-Z_]+)\""
    variables = {
        name
        for source in sources
        if not {"fake_zuora", "embedded"} & set(source.parts)
        for name in re.findall(read, source.read_text(encoding="utf-8"))
    }
    assert "ZWM_LOG_FORMAT" in variables
    assert {name for name in variables if f"| `{name}` |" not in ENVIRONMENT} == set()
