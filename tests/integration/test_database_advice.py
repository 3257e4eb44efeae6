"""What is said about a database that refuses work."""

import pytest
from django.db import Error, InterfaceError, OperationalError, connection

from workflow_mirror.cli.failures import one_line
from workflow_mirror.database_advice import advice

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("25006", "read-only: allow writes"),
        ("53100", "disk is full: free some space"),
        ("53200", "out of memory"),
        ("53300", "accepts no more connections"),
        ("53400", "out of resources"),
        ("57P01", "check that it is running"),
        ("57P03", "try again when it is ready"),
        ("08006", "check that it is running"),
        ("40P01", "try again"),
        ("42501", "lacks a permission"),
        ("42P01", "run `zwm migrate`"),
        ("23505", ""),
        ("22012", ""),
    ],
)
def test_an_error_of_the_server_is_told_with_what_to_do(code: str, words: str) -> None:
    with pytest.raises(Error) as raised, connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE SQLSTATE '{code}' USING MESSAGE = 'no way'; END $$")

    assert words in advice(raised.value)
    assert bool(words) is bool(advice(raised.value))
    assert one_line(raised.value).endswith(f"(SQLSTATE {code}): no way)") or not words


def test_a_connection_that_is_lost_is_told_with_what_to_do() -> None:
    for error in (OperationalError("connection refused"), InterfaceError("closed")):
        assert one_line(error).startswith("The database is not running or cannot be reached: ")
