"""README.it.md says what README.md says, as far as a program can tell."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.it.md")


def read(name: str) -> str:
    return (ROOT / name).read_text()


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)]+)\)", text) if link not in READMES]


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [[line.split("#")[0].strip() for line in block.splitlines()] for block in blocks]


def figures(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if line.startswith("| ") and "![" not in line]
    return [re.findall(r"\d+(?:\.\d+)*", row) for row in rows]


def test_both_have_the_same_sections_links_and_commands() -> None:
    english, italian = map(read, READMES)
    assert english.count("\n## ") == italian.count("\n## ")
    assert links(english) == links(italian)
    assert commands(english) == commands(italian)
    assert len(commands(english)) > 2


def test_both_have_the_same_figures() -> None:
    english, italian = map(read, READMES)
    swapped = italian.translate(str.maketrans(",.", ".,"))
    # In another order, as the sentences have it.
    assert list(map(sorted, figures(english))) == list(map(sorted, figures(swapped)))
    assert len(figures(english)) > 5


@pytest.mark.parametrize("name", READMES)
def test_every_link_leads_to_a_file(name: str) -> None:
    files = [link for link in links(read(name)) if not link.startswith("https://")]
    assert [link for link in files if not (ROOT / link).exists()] == []
