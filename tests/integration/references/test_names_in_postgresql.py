"""PostgreSQL finds the names that `Names.matches` accepts."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow_mirror.references.query import KEYS, Key, KeyValue, QueryError, names_of, parse
from workflow_mirror.references.query.keys import Rule

pytestmark = pytest.mark.django_db

NAMED = [key for key in KEYS if key.rule not in {Rule.CHOICE, Rule.CUSTOMER}]
ALPHABET = r"aB0.%_*@\-:/"
VALUES = st.text(alphabet=ALPHABET, min_size=1, max_size=8)


def term_of(key: str, value: str) -> KeyValue | None:
    escaped = value.replace("\\", r"\\")
    try:
        [term] = parse(f'{key}:"{escaped}"').terms
    except QueryError:
        return None
    assert isinstance(term, KeyValue)
    return term


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMED), VALUES, st.lists(VALUES, max_size=5))
def test_postgresql_finds_the_same_names(key: Key, value: str, others: list[str]) -> None:
    term = term_of(key.name, value)
    if term is None:
        return
    names, found = names_of(term), [value, f"x.{value}", f"x@{value}", f"{value}::x", *others]
    found += [one.replace("_", "x").replace("%", "xx").replace("*", "yy") for one in found]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(name) = ANY(%s::text[]) OR lower(name) LIKE ANY(%s::text[])"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS t (name, n) ORDER BY n",
            [list(names.equal), list(names.like), found],
        )
        assert [one for (one,) in cursor.fetchall()] == [names.matches(name) for name in found]
