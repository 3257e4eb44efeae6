"""Two texts side by side: nothing is lost, nothing is invented, and what is alike is equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.history.diff import Field
from workflow_mirror.history.diff.aligned import Part, aligned, unmarked, words_between
from workflow_mirror.history.diff.lines import blocks

LINES = st.lists(st.sampled_from(("a = 1", "b", "", "select id", "select  id", "x" * 9)))
WORDS = st.text(st.sampled_from("ab, 1\tà"), max_size=25)


def text_field(before: str, after: str) -> Field:
    return Field("code", before, after, keys=(before, after))


@given(LINES, LINES)
def test_each_line_of_both_texts_is_there_once_and_in_order(
    ours: list[str], theirs: list[str]
) -> None:
    before, after = "\n".join(ours), "\n".join(theirs)
    chunks = list(aligned(blocks(text_field(before, after))))
    pairs = [pair for chunk in chunks for pair in chunk.pairs]

    for side, text in enumerate((before, after)):
        lines = [line for pair in pairs if (line := pair[side])]
        assert "\n".join(line.text for line in lines) == text
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for chunk in chunks:
        for one, two in chunk.pairs:
            assert one or two
            assert not chunk.alike or (one and two and one.text == two.text)


@given(LINES, LINES)
def test_the_other_order_gives_the_mirror(ours: list[str], theirs: list[str]) -> None:
    before, after = "\n".join(ours), "\n".join(theirs)
    there = [chunk.pairs for chunk in aligned(blocks(text_field(before, after)))]
    back = [chunk.pairs for chunk in aligned(blocks(text_field(after, before)))]

    assert [[(two, one) for one, two in pairs] for pairs in back] == there


@given(WORDS, WORDS)
def test_the_parts_of_a_line_are_the_line(before: str, after: str) -> None:
    found = words_between(before, after)

    assert "".join(part.text for part in found.before) == before
    assert "".join(part.text for part in found.after) == after


@given(WORDS, WORDS)
def test_the_parts_that_do_not_differ_are_the_same_on_both_sides(before: str, after: str) -> None:
    found = words_between(before, after)
    marked = [part for part in found.before + found.after if part.differs]

    if marked:
        same = [
            "".join(part.text for part in side if not part.differs)
            for side in (found.before, found.after)
        ]
        assert same[0] == same[1]
    elif before != after:  # so different that no word is worth a mark
        assert (found.before, found.after) == (unmarked(before), unmarked(after))


def test_words_are_marked_and_unlike_lines_are_not() -> None:
    found = words_between("WHERE a > 10 AND b", "WHERE a > 200 AND b")

    assert found.before == [Part("WHERE a > ", False), Part("10", True), Part(" AND b", False)]
    assert [part.text for part in found.after if part.differs] == ["200"]
    assert words_between("one two", "3;4;5;6;7;8").before == unmarked("one two")


@pytest.mark.parametrize("most", [0, 100])
def test_the_work_is_bounded_and_told(most: int) -> None:
    before, after = "start a b c d e f g h end", "start h g f e d c b a end"
    found = words_between(before, after, most)

    assert found.steps <= most
    assert "".join(part.text for part in found.after) == after
    assert words_between(before, after).steps == 15 * 15
