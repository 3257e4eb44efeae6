"""Texts as they are compared: without case, accents, kinds of quotes, dashes and white space.

The index of free text holds folded texts, and a query is folded the same way. So PostgreSQL needs
no `unaccent`, and its trigrams of Latin texts are ASCII in every locale.
"""

import re
import unicodedata
from functools import lru_cache

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Unicode does not decompose these. Office programs write curly quotes and long dashes for ASCII.
_SPECIAL = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",  # the dotless i of Turkish
    }
)
MIN_LENGTH = 3
_DROPPED = ("Mn", "Me", "Cf")  # accents; invisible characters such as the soft hyphen


def fold(text: str) -> str:
    """Equal for texts that people take for the same: `Perché` and `PERCHE`. Idempotent."""
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda found: fold_character(found[0]), text)
    words = " ".join(text.lower().split())  # a third of the time of a pattern
    before, after = text[:1].isspace(), text[-1:].isspace()
    return " " * before + words + " " * (after and bool(words))


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """No, one or several characters."""
    plain = unicodedata.normalize("NFKD", character).casefold().translate(_SPECIAL)
    plain = unicodedata.normalize("NFKD", plain).translate(_SPECIAL)
    return "".join(one for one in plain if unicodedata.category(one) not in _DROPPED)


def is_searchable(folded: str) -> bool:
    """Whether PostgreSQL's trigram index can find a folded text as a substring.

    A trigram needs a letter or digit with a neighbour on each side, or with its word's beginning:
    of 3 characters with 2 letters or digits among them, there is always one (pg_trgm, "Index
    Support").
    """
    folded = folded.strip()
    return len(folded) >= MIN_LENGTH and sum(map(str.isalnum, folded)) > 1


def find(text: str, folded: str, start: int = 0) -> tuple[int, int] | None:
    """Where `text`, from `start`, contains a folded text: begin and end in `text` as it is."""
    if not folded:
        return None
    characters: list[str] = []
    places: list[int] = []
    for place in range(start, len(text)):
        for one in fold(text[place]):
            if one != " " or characters[-1:] != [" "]:
                characters.append(one)
                places.append(place)
    found = "".join(characters).find(folded)
    return (places[found], places[found + len(folded) - 1] + 1) if found >= 0 else None
