"""How well a name answers a text: the smaller, the better."""

from enum import IntEnum

from workflow_mirror.workflows.name_search import ends_word, has_term, places, starts_word


class Rank(IntEnum):
    EXACT = 0
    BEGINNING = 1
    WORDS = 2
    """Each term is a word of the name."""
    BEGUN = 3
    """Each term begins a word of the name."""
    PARTS = 4
    """Each term is in the name."""
    OTHER = 5
    """Some term is found elsewhere: in the description, the ID or the customer."""


def rank(name: str, text: str, customer: str = "") -> Rank:
    """Terms in the name of the customer narrow the search, and need not be in `name`.

    The whole text is tried as well, for the names that repeat their customer's.
    """
    rest = without_customer(text, customer)
    return min(_rank(name, one) for one in {_plain(text), rest or _plain(text)})


def without_customer(text: str, customer: str) -> str:
    """The terms of the text that are not in the customer's name."""
    return " ".join(term for term in text.split() if not (customer and has_term(customer, term)))


def _rank(name: str, text: str) -> Rank:
    folded, wanted = _plain(name).casefold(), text.casefold()
    if folded == wanted:
        return Rank.EXACT
    if folded.startswith(wanted):
        return Rank.BEGINNING
    found = [_term_rank(folded, term) for term in wanted.split()]
    return max(found, default=Rank.OTHER)


def _term_rank(name: str, term: str) -> Rank:
    starts = [place for place in places(name, term) if starts_word(name, place)]
    if any(ends_word(name, start + len(term)) for start in starts):
        return Rank.WORDS
    if starts:
        return Rank.BEGUN
    return Rank.PARTS if term in name else Rank.OTHER


def _plain(text: str) -> str:
    return " ".join(text.split())
