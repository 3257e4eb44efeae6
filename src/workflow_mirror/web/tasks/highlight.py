"""Texts in the colours of their language, as HTML with classes: the policy allows no inline style.

The lexers are Pygments'. Some need quadratic time for hostile texts, so that all values of a page
share a budget of CPU time and of characters; what exceeds it is plain.
"""

import time
from collections.abc import Iterator
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments.lexer import DelegatingLexer
from pygments.lexers.data import JsonLexer
from pygments.lexers.html import HtmlLexer, XmlLexer
from pygments.lexers.javascript import JavascriptLexer
from pygments.lexers.sql import SqlLexer
from pygments.lexers.templates import DjangoLexer
from pygments.token import Comment, Keyword, Literal, Name, Operator, _TokenType

from workflow_mirror.web.tasks.languages import Language, has_liquid

CPU_SECONDS = 0.5
CHARACTERS = 150_000

type Mark = tuple[int, int]
"""Beginning and end of the part of a text to which a link leads."""
type _Piece = tuple[str, str]
"""A class, which may be "", and a text."""

# The first that contains a token counts.
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment.Preproc, "zh-mark"),  # {{ and {% of Liquid
    (Comment, "zh-comment"),
    (Keyword, "zh-word"),
    (Operator.Word, "zh-word"),
    (Name.Tag, "zh-name"),
    (Name.Variable, "zh-name"),
    (Name.Attribute, "zh-attribute"),
    (Name.Function, "zh-attribute"),
    (Literal.Number, "zh-number"),
    (Literal.String, "zh-text"),
)


class _TooSlowError(Exception):
    pass


def _watched(lexer: Any) -> Any:
    """The lexer class, with an option `deadline`, after which it raises between two tokens."""

    class Watched(lexer):
        def get_tokens_unprocessed(self, *arguments: Any) -> Iterator[Any]:
            for token in super().get_tokens_unprocessed(*arguments):
                if time.thread_time() > self.options["deadline"]:
                    raise _TooSlowError
                yield token

    return Watched


_ROOTS: dict[Language, Any] = {
    "json": _watched(JsonLexer),
    "html": _watched(HtmlLexer),
    "xml": _watched(XmlLexer),
    "sql": _watched(SqlLexer),
    "javascript": _watched(JavascriptLexer),
}
# The tags of Liquid are those of Django's templates, as far as colours go.
_LIQUID = _watched(DjangoLexer)


class Budget:
    """For all texts of one page."""

    def __init__(self) -> None:
        self.seconds = CPU_SECONDS
        self.characters = CHARACTERS

    def highlighted(self, text: str, language: Language, mark: Mark | None = None) -> SafeString:
        """The text with its mark, if there is one, as `<mark id="place">`."""
        pieces = self._coloured(text, language) if language else None
        return _html(pieces or [("", text)], mark)

    def _coloured(self, text: str, language: Language) -> list[_Piece] | None:
        """None where the budget is used up, or where the lexer loses a character."""
        if len(text) > self.characters:
            return None
        self.characters -= len(text)
        started = time.thread_time()
        try:
            pieces = list(_pieces(text, language, started + self.seconds))
        except _TooSlowError:
            return None
        finally:
            self.seconds -= time.thread_time() - started
        return pieces if "".join(piece for _, piece in pieces) == text else None


def _pieces(text: str, language: Language, deadline: float) -> Iterator[_Piece]:
    tokens = _lexer(text, language, deadline).get_tokens_unprocessed(text)
    return ((_class_of(kind), value) for _start, kind, value in tokens)


def _lexer(text: str, language: Language, deadline: float) -> Any:
    root = _ROOTS.get(language)
    if root is None:
        return _LIQUID(deadline=deadline)
    if not has_liquid(text):
        return root(deadline=deadline)
    return DelegatingLexer(root, _LIQUID, deadline=deadline)


def _class_of(kind: Any) -> str:
    """`kind` is a _TokenType, whose `in` tells whether it is the same or more special."""
    return next((name for general, name in _CLASSES if kind in general), "")


def _html(pieces: list[_Piece], mark: Mark | None) -> SafeString:
    if mark is None:
        return _spans(pieces)
    before, rest = _split(pieces, mark[0])
    marked, after = _split(rest, mark[1] - mark[0])
    inner = f'<mark id="place">{_spans(marked)}</mark>'
    return mark_safe(f"{_spans(before)}{inner}{_spans(after)}")  # noqa: S308 - parts are escaped


def _spans(pieces: list[_Piece]) -> SafeString:
    html = (
        f'<span class="{name}">{escape(text)}</span>' if name else escape(text)
        for name, text in pieces
    )
    return mark_safe("".join(html))  # noqa: S308 - each text is escaped


def _split(pieces: list[_Piece], length: int) -> tuple[list[_Piece], list[_Piece]]:
    """At so many characters."""
    first: list[_Piece] = []
    for place, (name, text) in enumerate(pieces):
        if len(text) > length:
            return [*first, (name, text[:length])], [(name, text[length:]), *pieces[place + 1 :]]
        first.append((name, text))
        length -= len(text)
    return first, []
