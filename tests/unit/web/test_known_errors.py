"""Errors of the layers below are told in Italian, with what Zuora says left as it is."""

import pytest
from django.utils.translation import override

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.sync.errors import (
    AlreadySyncingError,
    CustomerRemovedError,
    LostLockError,
    MassDeletionRefusedError,
)
from workflow_mirror.web.known_errors import in_our_language
from workflow_mirror.zuora.errors import AnswerFacts, BaseUrlRefusedError, GivenUpError, ZuoraError
from workflow_mirror.zuora.regions import HostPolicy, checked_base_url

FACTS = AnswerFacts("token", 401, "invalid client: wrong secret", "r-1")


def kinds(base: type[ZuoraError] = ZuoraError) -> list[type[ZuoraError]]:
    return [base, *(kind for below in base.__subclasses__() for kind in kinds(below))]


def in_italian(error: Exception | str) -> str:
    with override("it"):
        return in_our_language(str(error))


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind is not GivenUpError])
def test_every_error_of_zuora_has_its_headline_in_italian(kind: type[ZuoraError]) -> None:
    english = str(kind(facts=FACTS))
    italian = in_italian(english)
    facts = " (token): HTTP 401, invalid client: wrong secret, request r-1"
    assert english == kind.headline + facts
    assert italian.endswith(facts)
    assert kind.headline not in italian
    assert in_italian(kind.headline) + facts == italian


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


@pytest.mark.parametrize(
    "error",
    [
        DecryptionError(),
        AlreadySyncingError("Rossi S.p.A."),
        CustomerRemovedError("Rossi S.p.A."),
        LostLockError(),
        MassDeletionRefusedError(7, 9, 5),
    ],
)
def test_what_ends_a_sync_is_in_italian(error: Exception) -> None:
    assert in_italian(error) != str(error)


def test_the_names_and_the_reason_inside_an_error_are_kept_and_told() -> None:
    refused = "Rossi S.p.A. was not saved. Invalid credentials (token): HTTP 401, no"
    assert in_italian(refused) == (
        "Rossi S.p.A. non è stato salvato. Credenziali non valide (token): HTTP 401, no"
    )


@pytest.mark.parametrize("text", ["", "ValueError: 5% of (everything)", "Invalid credentialsX"])
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    assert in_italian(text) == text


def test_in_english_nothing_changes() -> None:
    text = "There is a customer 'Rossi' already"
    with override("en"):
        assert in_our_language(text) == text
