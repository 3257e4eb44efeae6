"""An error is made of a code and facts: its English text, and the same text in Italian."""

import ast
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

import workflow_mirror
from workflow_mirror.customers.errors import NameTakenError, NotSavedError
from workflow_mirror.error_texts import error_details, error_text, in_our_language, translated
from workflow_mirror.errors import Coded, SafeError, as_fact, known_errors, text_of
from workflow_mirror.jobs.errors import NotEndedError, WorkerLostError
from workflow_mirror.schedules.cron import error_of
from workflow_mirror.sync.errors import MassDeletionRefusedError
from workflow_mirror.zuora.errors import (
    AnswerFacts,
    BaseUrlRefusedError,
    InvalidCredentialsError,
    NestedTooDeeplyError,
    RepeatedPageError,
    ZuoraError,
)
from workflow_mirror.zuora.regions import HostPolicy, checked_base_url

PACKAGE = Path(workflow_mirror.__file__).parent
ANSWER = AnswerFacts("token", 401, "invalid client: wrong secret", "r-1")
TOLD = " (token): HTTP 401, invalid client: wrong secret, request r-1"
PLACE = re.compile(r"%\((\w+)\)")
# Made of no words of ours.
THE_SAME_IN_ALL_LANGUAGES = {"os_error"}


def with_facts(code: str) -> Coded:
    """Such an error with a fact for each place of its text."""
    places = PLACE.findall(known_errors()[code].template)
    return Coded(code=code, facts={**dict.fromkeys(places, 7), "times": 2})


def in_italian(error: SafeError) -> str:
    with override("it"):
        return in_our_language(error)


def kinds_of_zuora() -> list[str]:
    kinds = known_errors().items()
    return sorted(code for code, kind in kinds if issubclass(kind, ZuoraError) and "." not in code)


@pytest.mark.parametrize("code", sorted(set(known_errors()) - THE_SAME_IN_ALL_LANGUAGES))
def test_every_error_with_a_code_has_its_text_in_italian(code: str) -> None:
    coded = with_facts(code)
    if issubclass(known_errors()[code], ZuoraError):
        coded["facts"].pop("times")
    english = text_of(coded)

    with override("it"):
        italian = translated(english, coded)

    assert italian != english
    assert "%(" not in english + italian


@pytest.mark.parametrize("code", kinds_of_zuora())
def test_what_zuora_says_stays_as_it_came(code: str) -> None:
    kind = known_errors()[code]
    coded = Coded(code=code, facts=asdict(ANSWER))

    with override("it"):
        italian = translated("", coded)

    assert text_of(coded) == kind.template + TOLD
    assert italian.endswith(TOLD)
    assert kind.template not in italian


@pytest.mark.parametrize(
    "url",
    [
        "ftp://rest.zuora.com",
        "https://user:word@rest.zuora.com",
        "https://rest.zuora.com/v1",
        "https://not a host",
        "http://rest.zuora.com",
        "https://10.0.0.1",
        "https://example.com",
        "https://[",
    ],
)
def test_every_reason_against_a_base_url_is_in_italian(url: str) -> None:
    with pytest.raises(BaseUrlRefusedError) as caught:
        checked_base_url(url, HostPolicy())

    assert in_italian(caught.value) != str(caught.value)


def test_an_error_inside_another_one_is_translated_with_it() -> None:
    refused = InvalidCredentialsError(facts=AnswerFacts("token", 401, "no"))
    error = NotSavedError(customer="Rossi S.p.A.", problem=as_fact(refused))

    assert str(error) == "Rossi S.p.A. was not saved. Invalid credentials (token): HTTP 401, no"
    assert in_italian(error) == (
        "Rossi S.p.A. non è stato salvato. Credenziali non valide (token): HTTP 401, no"
    )


def test_a_fact_that_is_a_word_of_ours_is_translated_too() -> None:
    error = NotEndedError(id=7, status="running")

    assert str(error) == "Job 7 is running: cancel it first"
    assert "in corso" in in_italian(error)


@pytest.mark.parametrize("cron", ["61 * * * *", "* * 31 2 *", "daily", "* " * 200])
def test_a_cron_expression_is_refused_in_both_languages(cron: str) -> None:
    with override("it"):
        error = error_of(cron, "UTC", datetime(2026, 1, 1, tzinfo=UTC))

    assert error is not None
    assert str(error).startswith("Invalid cron expression")
    assert in_italian(error).startswith("Espressione cron ")
    assert " non valida: " in in_italian(error)


@pytest.mark.parametrize(
    ("times", "english", "italian"),
    [(1, "frozen once.", "una volta"), (3, "frozen 3 times in a row.", "3 volte")],
)
def test_a_lost_worker_is_counted(times: int, english: str, italian: str) -> None:
    error = WorkerLostError(times)

    assert english in str(error)
    assert italian in in_italian(error)


@pytest.mark.parametrize(
    "error",
    [
        MassDeletionRefusedError(7, 9, 5),
        NameTakenError(customer='O\'Rossi "100%" %(name)s'),
        InvalidCredentialsError(facts=ANSWER),
        RepeatedPageError(number=3, facts=ANSWER),
        psycopg.OperationalError("connection failed: no route\n"),
        OSError(28, "No space left on device"),
        ConnectionRefusedError(111, "Connection refused"),
        ValueError("never told"),
    ],
)
def test_what_is_stored_of_an_error_gives_its_text_again(error: Exception) -> None:
    stored = json.loads(json.dumps(error_details(error)))

    assert text_of(stored) == error_text(error)
    assert translated("", stored) == error_text(error)


@given(st.text(max_size=30), st.text(max_size=30))
def test_facts_can_be_stored_whatever_they_hold(name: str, reason: str) -> None:
    error = NotSavedError(
        customer=name, problem=as_fact(InvalidCredentialsError(facts=AnswerFacts(reason=reason)))
    )

    stored = json.dumps(error_details(error), ensure_ascii=False)

    assert "\\u0000" not in stored
    assert stored.encode().decode() == stored  # no half of a surrogate pair


def test_an_error_without_a_code_keeps_its_text() -> None:
    error = SafeError("5% of (everything) %(x)s")

    assert error_details(error) is None
    assert in_italian(error) == "5% of (everything) %(x)s"


@pytest.mark.parametrize(
    "details",
    [
        {"code": "brand_new", "facts": {}},
        {"code": "mass_deletion_refused", "facts": {"missing": 1}},
        {"code": "invalid_credentials", "facts": {"brand_new": 1}},
        {},
    ],
)
def test_what_another_version_stored_is_shown_in_english(details: Coded) -> None:
    assert translated("The English text", details) == "The English text"


def test_a_special_case_has_the_kind_of_its_base() -> None:
    assert NestedTooDeeplyError().kind == "bad_data"
    for code, kind in known_errors().items():
        base, _, special = code.partition(".")
        assert not special or issubclass(kind, known_errors()[base]) or base == "database_error"


def test_no_two_errors_share_a_code() -> None:
    with pytest.raises(TypeError, match="share a code"):
        type("AnotherError", (SafeError,), {"code": "lost_lock"})


def test_every_error_is_raised_with_the_facts_that_its_text_needs() -> None:
    """Of those without a constructor of their own, whose facts no type checker knows."""
    needed = {
        kind.__name__: set(PLACE.findall(kind.template))
        for kind in known_errors().values()
        if "__init__" not in vars(kind)
    }
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
                given_facts = {keyword.arg for keyword in node.keywords}
                missing = needed.get(node.func.id, set()) - given_facts
                assert not missing, f"{path.name}:{node.lineno} {missing}"
