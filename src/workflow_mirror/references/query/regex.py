r"""Accepts the regular expressions that PostgreSQL and Python read the same, with a fixed text.

    characters   .   [abc] [a-z] [^abc]   \d \w \s \D \W \S   \. and other escaped signs
    (group) (?:group)   one|other   * + ? {2} {2,} {2,5}, each followed by ? for the shortest match

Everything else is refused by name: anchors, lookarounds, backreferences, flags, nested quantifiers.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from workflow_mirror.errors import gettext_noop as _
from workflow_mirror.references.query.errors import (
    InvalidRegexError,
    RegexTooLongError,
    RegexWithoutLiteralError,
)
from workflow_mirror.references.query.folding import MIN_LENGTH, fold, fold_character, is_searchable
from workflow_mirror.references.query.tree import Regex

MAX_LENGTH = 200
MAX_REPEAT = 50
MAX_QUANTIFIERS = 10
MAX_DEPTH = 20

_BOUNDS = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
# Without line feeds, which only stand between the strings of a text: a match is within one string.
_SETS = {
    "d": r"\d",
    "w": r"\w",
    "s": " ",  # folded texts have no other white space
    "D": r"[^\d\n]",
    "W": r"[^\w\n]",
    "S": r"\S",
}
_SPECIAL = frozenset(r".^$*+?()[]{}|\\")
_CHARACTER = _("this character cannot be used in a regular expression")
_TWO_QUANTIFIERS = _("quantifiers cannot be nested or repeated")

type Literals = tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """`text` is what the part matches if that is one fixed text, otherwise None.

    `literals` are alternatives, one of which occurs in every match; empty if none is certain.
    """

    text: str | None = None
    literals: Literals = ()
    has_quantifier: bool = False


def checked_regex(source: str, column: int, *, excluded: bool) -> Regex:
    """`source` is the text between the slashes, `column` the place of the first slash.

    Raises QueryError.
    """
    if len(source) > MAX_LENGTH:
        raise RegexTooLongError(column=column, number=MAX_LENGTH)
    reader = _Reader(source, column + 1)
    literals = tuple(fold(text) for text in reader.whole().literals)
    if not literals or not all(map(is_searchable, literals)):
        raise RegexWithoutLiteralError(column=column, number=MIN_LENGTH)
    return Regex(source, "".join(reader.pattern), literals, column=column, excluded=excluded)


class _Reader:
    """A recursive descent. `pattern` becomes the source with folded characters."""

    def __init__(self, source: str, first_column: int) -> None:
        self._source = source
        self._place = 0
        self._first_column = first_column
        self._depth = 0
        self._quantifiers = 0
        self.pattern: list[str] = []

    def whole(self) -> _Part:
        part = self._alternatives()
        if self._next():
            self._refuse(_("a closing parenthesis without an opening one"))
        return part

    def _alternatives(self) -> _Part:
        branches = [self._branch()]
        while self._next() == "|":
            self.pattern.append(self._take())
            branches.append(self._branch())
        if len(branches) == 1:
            return branches[0]
        is_certain = all(branch.literals for branch in branches)
        return _Part(
            literals=tuple(text for branch in branches for text in branch.literals if is_certain),
            has_quantifier=any(branch.has_quantifier for branch in branches),
        )

    def _branch(self) -> _Part:
        """Of a sequence, the longest fixed text that every match contains, or the best group."""
        candidates: list[Literals] = []
        run, is_fixed, has_quantifier = "", True, False
        while self._next() not in {"", "|", ")"}:
            part = self._atom()
            least = self._quantifier(part)
            has_quantifier |= part.has_quantifier or least is not None
            is_fixed &= part.text is not None and least is None
            if least == 0 or part.text is None:
                candidates += [(run,), part.literals if least != 0 else ()]
                run = ""
            elif least is None:
                run += part.text
            else:  # the run ends with the first repetition, and one starts with the last
                candidates.append((run + part.text,))
                run = part.text
        candidates.append((run,))
        if not run and len(candidates) == 1:
            self._refuse(_("an empty group or alternative"))
        best = max(candidates, key=lambda texts: min(map(len, texts), default=0))
        return _Part(run if is_fixed else None, best if all(best) else (), has_quantifier)

    def _atom(self) -> _Part:
        match character := self._next():
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case "." | "^" | "$" | "*" | "+" | "?" | "{":
                if character != ".":
                    self._refuse(_REFUSED[character])
                self._take()
                self.pattern.append(r"[^\n]")
                return _Part()
        return self._literal()

    def _literal(self) -> _Part:
        if self._next().isspace() and self._source[self._place + 1 : self._place + 2].isspace():
            self._refuse(_("texts are searched with single spaces"))
        folded = " " if self._next().isspace() else self._folded(also="-")
        self._take()
        self.pattern.append(_escaped(folded))
        return _fixed(folded)

    def _escape(self) -> _Part:
        """After a backslash, a set of characters or a sign."""
        self._take()
        character = self._next()
        if character in _SETS:
            self.pattern.append(_SETS[self._take()])
            return _Part()
        sign = self._sign()
        self.pattern.append(_escaped(sign))
        return _fixed(sign)

    def _sign(self) -> str:
        """The character after a backslash, which stands for itself."""
        character = self._next()
        if character.isdecimal():
            self._refuse(_("backreferences are not supported"))
        if not character.isascii() or not character.isprintable() or character.isalpha():
            self._refuse(_(r"only \d, \w, \s, \D, \W, \S and escaped signs are supported"))
        if not character:
            self._refuse(_("a backslash at the end"))
        return self._take()

    def _group(self) -> _Part:
        opened = self._place
        self._take()
        if self._next() == "?":
            self._take()
            if self._next() != ":":
                self._refuse(_("lookarounds, flags and named groups are not supported"))
            self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(_("groups are nested too deeply"))
        self.pattern.append("(?:")
        part = self._alternatives()
        self._depth -= 1
        if not self._next():
            self._refuse(_("an opening parenthesis without a closing one"), opened)
        self.pattern.append(self._take())
        return part

    def _class(self) -> _Part:
        opened = self._place
        self.pattern.append(self._take())
        if self._next() == "^":
            self.pattern.append(self._take() + r"\n")
        if self._next() == "]":
            self._refuse(_("an empty group or alternative"))
        while self._next() != "]":
            if not self._next():
                self._refuse(_("an opening bracket without a closing one"), opened)
            self._class_item()
        self.pattern.append(self._take())
        return _Part()

    def _class_item(self) -> None:
        r"""A character, a range such as a-z, or \d, \w, \s."""
        place, character = self._place, self._next()
        if character == "[":
            self._refuse(_("write \\[ for an opening bracket between brackets"))
        if character == "\\":
            self._take()
            if self._next() and self._next() in "dws":
                self.pattern.append(_SETS[self._take()])
            else:
                self.pattern.append(_escaped_in_class(self._sign()))
            return
        folded = " " if character.isspace() else self._folded()
        self._take()
        after = self._source[self._place : self._place + 2]
        if not after.startswith("-") or after == "-]":
            self.pattern.append(_escaped_in_class(folded))
            return
        if not _is_range(character, after[1:]):
            self._refuse(_("a range must ascend within 0-9, a-z or A-Z"), place)
        self._place += 2
        self.pattern.append(character + after)

    def _quantifier(self, part: _Part) -> int | None:
        """How often the part occurs at least; None without a quantifier."""
        place = self._place
        least = self._repetition()
        if least is None:
            return None
        self._quantifiers += 1
        if self._quantifiers > MAX_QUANTIFIERS:
            self._refuse(_("too many quantifiers"), place)
        if part.has_quantifier and self._source[place] != "?":
            self._refuse(_TWO_QUANTIFIERS, place)
        if self._next() == "?":
            self.pattern.append(self._take())
        if self._next() and self._next() in "*+?{":
            self._refuse(_TWO_QUANTIFIERS)
        return least

    def _repetition(self) -> int | None:
        if self._next() and self._next() in "*+?":
            self.pattern.append(self._take())
            return int(self.pattern[-1] == "+")
        if self._next() != "{":
            return None
        found = _BOUNDS.match(self._source, self._place)
        if found is None:
            self._refuse(_REFUSED["{"])
        least, most = int(found[1]), int(found[3] or found[1])
        if not least <= most <= MAX_REPEAT:
            self._refuse(_("a repetition must ascend and not exceed 50"))
        self._place = found.end()
        self.pattern.append(found[0])
        return least

    def _next(self) -> str:
        """The next character; empty at the end."""
        return self._source[self._place : self._place + 1]

    def _take(self) -> str:
        character = self._next()
        self._place += 1
        return character

    def _folded(self, also: str = "") -> str:
        """The next character as it is in folded texts, where that is one that is not special."""
        character = self._next()
        if character.isascii():
            return character
        folded = fold_character(character)
        if len(folded) != 1 or (folded.isascii() and not folded.isalnum() and folded not in also):
            self._refuse(_CHARACTER)
        return folded

    def _refuse(self, reason: str, place: int | None = None) -> NoReturn:
        column = self._first_column + (self._place if place is None else place)
        raise InvalidRegexError(column=column, reason=reason)


_REFUSED = {
    "^": _(r"^ and $ are not supported; write \^ or \$ for the sign"),
    "$": _(r"^ and $ are not supported; write \^ or \$ for the sign"),
    "*": _("nothing to repeat before the quantifier"),
    "+": _("nothing to repeat before the quantifier"),
    "?": _("nothing to repeat before the quantifier"),
    "{": _(r"write \{ for the sign, or a repetition such as {2} or {2,5}"),
}


def _fixed(text: str) -> _Part:
    return _Part(text, (text,))


def _escaped(character: str) -> str:
    return f"\\{character}" if character in _SPECIAL else character


def _escaped_in_class(character: str) -> str:
    is_sign = character.isascii() and not character.isalnum() and character not in " _"
    return f"\\{character}" if is_sign else character


def _is_range(first: str, last: str) -> bool:
    kinds = (str.isdecimal, str.islower, str.isupper)
    same = first.isascii() and last.isascii() and any(k(first) and k(last) for k in kinds)
    return same and first <= last
