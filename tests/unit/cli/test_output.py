import json

import pytest

from workflow_mirror.cli.output import (
    print_json,
    print_json_lines,
    print_json_list,
    printable,
    to_json,
)

NASTY = "\x1b[31m \x9b31m \u202e \x7f \ud800 \U000e0001 é 😀 [red]"


def test_whatever_is_printed_is_printable() -> None:
    assert printable(NASTY).isprintable()
    assert printable("é 😀 [red]") == "é 😀 [red]"


@pytest.mark.parametrize("ascii_only", [False, True])
def test_json_escapes_what_a_terminal_would_obey_and_means_the_same(ascii_only: bool) -> None:  # noqa: FBT001
    text = to_json({"name": NASTY, "lines": "a\nb"}, ascii_only=ascii_only)
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text) == {"name": NASTY, "lines": "a\nb"}
    assert text.isascii() == ascii_only


@pytest.mark.parametrize("items", [[], [{"name": NASTY, "tasks": [1, 2]}], [{}, {"a": "b\nc"}, []]])
def test_a_list_printed_item_by_item_is_the_same_document(
    capsys: pytest.CaptureFixture[str], items: list[object]
) -> None:
    print_json({"workflows": items})
    whole = capsys.readouterr().out
    print_json_list("workflows", iter(items))
    assert capsys.readouterr().out == whole
    print_json_lines(iter(items))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == items


def test_a_list_that_fails_at_once_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        print_json_list("workflows", (1 // number for number in [0]))
    assert capsys.readouterr().out == ""
