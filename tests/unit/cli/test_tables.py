"""Tables: aligned in a pipe, folded at words on a terminal, in blocks where it is too narrow."""

from collections import Counter
from itertools import chain, count, islice

from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.cli.tables import length, lines_of, total

SYNC = [
    "CUSTOMER", "STATUS", "CREATED", "UPDATED", "DELETED", "TOTAL", "ERRORS", "UNCHANGED",
    "RESTORED", "EXPORTED", "REQUESTS", "SECONDS",
]  # fmt: skip
RESULT = ["Aurora Telecomunicazioni", "completed with errors", *("1" for _ in SYNC[2:])]
TEXTS = st.text("ab é請 ", max_size=12)


def test_in_a_pipe_a_row_is_a_line_and_columns_are_aligned() -> None:
    rows = [["1", "請求書", "x"], ["10", "a " * 90, ""]]
    assert list(lines_of(["ID", "NAME", "NOTE"], rows)) == [
        f"ID  NAME{' ' * 176}  NOTE",
        f"1   請求書{' ' * 174}  x",
        f"10  {'a ' * 90}".rstrip(),
    ]


def test_the_result_of_a_sync_breaks_no_word_on_80_columns() -> None:
    lines = list(lines_of(SYNC, [RESULT, RESULT], 80))
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    assert words.count("Telecomunicazioni") == 2
    assert {*SYNC, "completed", "errors"} <= set(words)
    assert lines[0].split() == ["CUSTOMER", "Aurora", "Telecomunicazioni"]


def test_the_widest_column_is_folded_at_its_blanks() -> None:
    rows = [["1", "Monthly dunning run", "Active"]]
    assert list(lines_of(["ID", "NAME", "STATE"], rows, 24)) == [
        "ID  NAME          STATE",
        "1   Monthly       Active",
        "    dunning run",
    ]


def test_rows_are_read_as_they_are_printed() -> None:
    endless = ([str(number)] for number in count())
    assert list(islice(lines_of(["ID"], endless), 3)) == ["ID", "0", "1"]


@given(
    st.integers(1, 4).flatmap(
        lambda number: st.tuples(
            st.lists(TEXTS, min_size=number, max_size=number),
            st.lists(st.lists(TEXTS, min_size=number, max_size=number), max_size=4),
        )
    ),
    st.integers(1, 60),
)
def test_no_word_is_broken_and_a_table_that_can_fit_does(
    table: tuple[list[str], list[list[str]]], width: int
) -> None:
    columns, rows = table
    lines = list(lines_of(columns, rows, width))
    printed = Counter(" ".join(lines).split())
    assert printed >= Counter(" ".join(chain(*rows)).split())
    longest = [
        max((length(word) for cell in column for word in cell.split()), default=0)
        for column in zip(columns, *rows, strict=True)
    ]
    if total(longest) <= width:
        assert max(map(length, lines)) <= width
        assert printed >= Counter(" ".join(chain(columns, *rows)).split())


def test_only_a_word_that_no_column_can_hold_is_broken() -> None:
    rows = [["x", "A" * 70 + " and so on"]]
    lines = list(lines_of(["ID", "NAME"], rows, 40))
    assert max(map(len, lines)) == 40
    assert "".join(lines).replace(" ", "").count("A") == 71
