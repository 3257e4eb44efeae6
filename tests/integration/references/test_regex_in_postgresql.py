"""PostgreSQL reads every regular expression that a query accepts, and as Python does."""

import re
import warnings
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow_mirror.references.query import QueryError, Regex, fold, parse

pytestmark = pytest.mark.django_db

CHARACTERS = "abcAB01 _-.é"
ATOMS = st.sampled_from(
    [
        *CHARACTERS.replace(".", ""),
        *(r"\." if one == "." else rf"\{one}" for one in "./*+?()[]{}|^$-_ #&~\"'@%"),
        *(".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "[a-c]", "[^a-c]", r"[\d_]", "[^é0-9-]"),
        *("[.*+?(){}|^]", r"[\]\[\\-]", "[-a]", "[&&~~]", "}", "]", "#", "&", "~", "[a ]"),
    ]
)
QUANTIFIERS = st.sampled_from([*[""] * 16, "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,}"])


def joined(parts: list[tuple[str, str]]) -> str:
    return "".join(atom + quantifier for atom, quantifier in parts)


def grown(inner: Any) -> Any:
    sequence = st.lists(st.tuples(inner, QUANTIFIERS), min_size=1, max_size=4).map(joined)
    group = st.lists(sequence, min_size=1, max_size=3).map("|".join)
    return st.tuples(st.sampled_from(["(", "(?:"]), group).map(lambda pair: "".join(pair) + ")")


SOURCES = st.tuples(
    st.lists(st.tuples(st.recursive(ATOMS, grown, max_leaves=6), QUANTIFIERS), max_size=5).map(
        joined
    ),
    st.sampled_from(["ab0", "cba", "abc|cba", "a b", "(a01|b10)"]),
).map("".join)
TEXTS = st.lists(
    st.one_of(st.sampled_from(["ab0", "cba", "a b", "a01", "b10"]), st.sampled_from(CHARACTERS)),
    max_size=12,
).map("".join)


def accepted(source: str) -> Regex | None:
    try:
        query = parse(f"/{source}/")
    except QueryError:
        return None
    return query.regexes[0] if query.regexes else None


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SOURCES, st.lists(TEXTS, min_size=1, max_size=8))
def test_postgresql_and_python_find_the_same(source: str, texts: list[str]) -> None:
    regex = accepted(source)
    if regex is None:
        return
    folded = [fold(text) for text in texts]
    with warnings.catch_warnings(action="error"):
        python = re.compile(regex.pattern, re.IGNORECASE)
    by_python = [bool(python.search(text)) for text in folded]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT text ~* %s FROM unnest(%s::text[]) WITH ORDINALITY AS t (text, n) ORDER BY n",
            [regex.pattern, folded],
        )
        assert [found for (found,) in cursor.fetchall()] == by_python
    for text, found in zip(folded, by_python, strict=True):
        assert not found or any(literal in text for literal in regex.literals)


@pytest.mark.parametrize("atom", [".", r"\s", r"\D", r"\W", r"\S", "[^a]", r"[^\d]", r"[\s-]"])
def test_no_match_reaches_from_one_string_of_a_text_into_another(atom: str) -> None:
    for quantifier in ("", "+", "{1,3}"):
        regex = accepted(f"ab0{atom}{quantifier}cba")
        assert regex is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT E'ab0\ncba' ~* %s", [regex.pattern])
            assert cursor.fetchone() == (False,)


@pytest.mark.parametrize(
    "source",
    [
        "abc" + "(?:[a-z][0-9].){50}" * 9,
        "abc" + ".*a.{50}" * 5,
        "abc(?:" + "|".join(f"[a-z]{n}" for n in range(25)) + "){50}",
        "(" * 20 + "abc" + ")" * 20,
    ],
)
def test_the_largest_regexes_end_within_the_statements_time_limit(source: str) -> None:
    regex = accepted(source)
    assert regex is not None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20s'")
        cursor.execute("SELECT repeat('abc0a1', 20000) ~* %s", [regex.pattern])
        assert cursor.fetchone() is not None


@pytest.mark.parametrize("text", ["abc", "a b", "it-", "{{a0", "..ab", "@x.y", "-a-b"])
def test_a_text_that_is_long_enough_has_a_trigram_to_look_up(text: str) -> None:
    """Without one PostgreSQL reads the whole index: its plan rechecks every row."""
    parse(f'"{text}"')
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("CREATE TEMPORARY TABLE texts ON COMMIT DROP AS SELECT 'zzz'::text AS text")
        cursor.execute("INSERT INTO texts SELECT 'zzz' FROM generate_series(1, 50)")
        cursor.execute("CREATE INDEX ON texts USING gin (text gin_trgm_ops)")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) SELECT FROM texts WHERE text LIKE %s", [f"%{text}%"]
        )
        [[[plan]]] = cursor.fetchall()
    assert plan["Plan"]["Node Type"] == "Bitmap Heap Scan"
    assert plan["Plan"]["Rows Removed by Index Recheck"] == 0
