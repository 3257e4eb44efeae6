import json

import pytest

from workflow_mirror.cli.output import printable, to_json

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
