"""docs/reference/search.md names every key, value and limit of the query language."""

import re
from pathlib import Path

import pytest

from workflow_mirror.references.query import KEYS, QueryError, parse
from workflow_mirror.references.query.parse import MAX_ASTERISKS, MAX_LENGTH, MAX_TERMS
from workflow_mirror.references.query.regex import MAX_LENGTH as MAX_REGEX
from workflow_mirror.references.query.regex import MAX_QUANTIFIERS, MAX_REPEAT

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs/reference/search.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return REFERENCE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    lines = re.findall(r"^\| (`.+) \|$", section(title), flags=re.MULTILINE)
    return [re.split(r" \| ", line) for line in lines]


def test_every_key_has_a_row_with_an_example_of_it() -> None:
    documented = [(name.strip("`"), example.strip("`")) for name, example, _ in rows("Keys")]
    assert [name for name, _ in documented] == [key.name for key in KEYS]
    for name, example in documented:
        assert list(parse(example).values) == [name]


def test_every_example_of_a_key_in_an_error_is_a_query() -> None:
    for key in KEYS:
        [term] = parse(f'{key.name}:"{key.example}"').terms
        assert not term.excluded


def test_every_value_of_a_key_with_choices_is_named() -> None:
    described = {name.strip("`"): text for name, _, text in rows("Keys")}
    for key in KEYS:
        if key.choices:
            assert re.findall(r"`(\w+)`", described[key.name]) == list(key.choices)


def test_the_queries_at_the_beginning_are_accepted() -> None:
    block = REFERENCE.partition("```text\n")[2].partition("```")[0]
    assert [str(parse(line)) for line in block.splitlines()] != []


@pytest.mark.parametrize("query", [row[0].strip("`") for row in rows("Errors")])
def test_a_query_that_is_documented_as_an_error_is_one(query: str) -> None:
    with pytest.raises(QueryError):
        parse(query)


def test_the_limits_are_those_of_the_code() -> None:
    text = " ".join(REFERENCE.split())
    assert f"up to {MAX_TERMS} terms" in text
    assert f"{MAX_LENGTH:,} characters" in text
    assert f"up to {MAX_REGEX} characters" in text
    assert f"up to {MAX_REPEAT}, at most {MAX_QUANTIFIERS} in" in text
    assert f"(at most {MAX_ASTERISKS} times)" in text
