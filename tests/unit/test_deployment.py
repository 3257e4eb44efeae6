"""Container files and systemd units: what they call exists, and what they set is read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from workflow_mirror import secret_variables
from workflow_mirror.cli.app import app

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {name: COMPOSE["services"][name] for name in ("migrate", "web", "worker")}
DOCUMENTED = set(
    re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs/reference/environment.md").read_text(), re.MULTILINE
    )
) | {name + secret_variables.FILE for name in secret_variables.NAMES}


def options_of(words: list[str]) -> set[str]:
    """The options of the command that these words call."""
    command: Any = get_command(app)
    while words and hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    return {option for parameter in command.params for option in parameter.opts}


def called(words: list[str]) -> None:
    names = [word for word in words if not word.startswith("--")]
    assert {word for word in words if word.startswith("--")} <= options_of(names)


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_a_container_runs_a_command_with_little_rights_and_secrets_from_files(
    service: dict[str, Any],
) -> None:
    called(service["command"])
    assert set(service["environment"]) <= DOCUMENTED
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    for variable, file in service["environment"].items():
        if variable.endswith(secret_variables.FILE):
            assert Path(file).name in set(service["secrets"]) & set(COMPOSE["secrets"])
    assert not set(service["environment"]) & set(secret_variables.NAMES)


def test_the_image_runs_an_ordinary_user_and_a_command_that_exists() -> None:
    text = (ROOT / "Containerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    command = re.search(r"^CMD \[(.*)\]$", last, re.MULTILINE)
    assert command
    called([word.strip().strip('"') for word in command[1].split(",")])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_exists(unit: Path) -> None:
    text = unit.read_text()
    command = re.search(r"^ExecStart=/opt/zwm/bin/zwm (.+)$", text, re.MULTILINE)
    assert command
    called(command[1].split())
    variables = re.findall(
        r"(\w+)=\S+", " ".join(re.findall(r"^Environment=(.+)$", text, re.MULTILINE))
    )
    assert variables
    assert set(variables) <= DOCUMENTED
    for credential in re.findall(r"=%d/(\w+)", text):
        assert f"LoadCredential={credential}:/etc/zwm/{credential}" in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_a_unit(unit: Path, tmp_path: Path) -> None:
    file = tmp_path / unit.name
    file.write_text(unit.read_text().replace("/opt/zwm/bin/zwm", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", file],  # noqa: S607 - as the path finds it
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    assert (done.returncode, done.stderr) == (0, "")
