"""Every place that names the version names that of pyproject.toml."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PLACES = {
    "CHANGELOG.md": r"^## (\d\S*) \(\d{4}-\d\d-\d\d\)$",  # the newest comes first
    "Containerfile": r"org\.opencontainers\.image\.version=\"(\S+)\"",
    "docs/how-to/install.md": r"zuora_workflow_mirror-(\S+)-py3",
    "docs/how-to/upgrade.md": r"zuora_workflow_mirror-(\S+)-py3",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_names_the_version_of_this_release(place: str) -> None:
    named = re.search(PLACES[place], (ROOT / place).read_text(), re.MULTILINE)
    assert named
    assert named[1] == VERSION


def test_the_program_has_the_version_of_this_release() -> None:
    assert version("zuora-workflow-mirror") == VERSION
