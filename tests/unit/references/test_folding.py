"""Texts are compared as people compare them: without case, accents and kinds of quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.references.query import find, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("perché", "PERCHE"),
        ("perche\u0301", "perché"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("“Acme’s”", '"acme\'s"'),
        ("2024\u20132025", "2024-2025"),
        ("select Id\r\n  from Account", "SELECT Id from\u00a0Account"),
        ("in\u00advoice \u200bnumber", "invoice number"),
        ("ﬁle １２", "file 12"),
        ("İstanbul", "istanbul"),
    ],
)
def test_texts_that_people_take_for_the_same_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_other_texts_stay_different() -> None:
    assert len({fold(text) for text in ("invoice", "in voice", "in-voice", "in_voice")}) == 4


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text(min_size=1), st.text())
def test_a_part_of_a_text_is_found_in_it(before: str, part: str, after: str) -> None:
    wanted = fold(part).strip()
    text = f"{before} {part} {after}"
    found = find(text, wanted)
    if wanted:
        assert found is not None
        assert wanted in fold(text[slice(*found)])


def test_a_match_is_marked_in_the_text_as_it_is() -> None:
    text = "<p>“Perché”  \r\n no</p>"
    found = find(text, fold('"PERCHE" no'))
    assert found is not None
    assert text[slice(*found)] == "“Perché”  \r\n no"
    assert find(text, fold("perche"), start=found[1]) is None
    assert find(text, "") is None
