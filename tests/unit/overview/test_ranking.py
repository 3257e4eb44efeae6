"""How hits of the search box are ranked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.overview.ranking import Rank, rank, without_customer
from workflow_mirror.workflows.name_search import has_term

words = st.text("abcÉ1 ", min_size=1, max_size=4).filter(str.strip)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Dunning", Rank.EXACT),
        ("DUNNING", Rank.EXACT),
        ("Dunning US", Rank.BEGINNING),
        ("US dunning", Rank.WORDS),
        ("US-dunning", Rank.WORDS),
        ("US dunnings", Rank.BEGUN),
        ("Redunning", Rank.PARTS),
        ("Collections", Rank.OTHER),
    ],
)
def test_a_name_is_the_better_the_closer_it_is_to_the_text(name: str, found: Rank) -> None:
    assert rank(name, "dunning") is found


def test_the_order_of_the_words_matters_only_at_the_beginning() -> None:
    assert rank("Dunning US", "us dunning") is Rank.WORDS
    assert rank("Dunning US", "dunning us") is Rank.EXACT


def test_a_customers_name_narrows_and_need_not_be_in_the_name() -> None:
    assert rank("Dunning", "Brenta dunning", "Brenta S.p.A.") is Rank.EXACT
    assert rank("Dunning", "Brenta dunning", "Adige") is Rank.OTHER
    assert rank("Brenta dunning", "Brenta dunning", "Brenta S.p.A.") is Rank.EXACT
    assert without_customer("Brenta dunning US", "Brenta S.p.A.") == "dunning US"


@given(names, names)
def test_a_name_is_exact_for_itself_and_begins_what_continues_it(name: str, other: str) -> None:
    text = " ".join(name.split())
    assert rank(name, text) is Rank.EXACT
    assert rank(f"{text} {other}", text) in {Rank.BEGINNING, Rank.EXACT}
    assert rank(f"{other} {text}", text) <= Rank.WORDS


@given(names, names, names)
def test_a_customer_never_makes_a_hit_worse(name: str, text: str, customer: str) -> None:
    assert rank(name, text, customer) <= rank(name, text)


@given(names, names)
def test_what_ranks_above_other_has_every_part(name: str, text: str) -> None:
    if rank(name, text) < Rank.OTHER:
        folded = " ".join(name.split()).casefold()
        assert all(term in folded for term in text.casefold().split())


@pytest.mark.parametrize(
    ("name", "term", "found"),
    [
        ("Usage import S3", "s3", True),
        ("Usage import XS3", "s3", False),
        ("S3_usage", "s3", True),
        ("usage_s3", "s3", True),
        ("Busy", "us", False),
        ("Busy US", "us", True),
        ("Redunning", "dunning", True),
        ("A - B", "-", False),
    ],
)
def test_a_short_term_begins_a_word(name: str, term: str, found: bool) -> None:  # noqa: FBT001 - a parameter
    assert has_term(name, term) is found
