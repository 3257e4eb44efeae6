"""The base of this program's errors: a code and facts, from which every text is built.

An error's class defines its `code` and its `template`; the facts fill the template. An error is
stored as its English text and `Coded`; `text_of` rebuilds the text, in another language if
`translate` is a gettext function. See error_texts.py for the texts of all other exceptions.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypedDict

type Translate = Callable[[str], str]


class Coded(TypedDict):
    """The code and facts of an error, ready for JSON.

    A fact is a text, a number, or the `Coded` of another error that this error's text includes.
    """

    code: str
    facts: dict[str, Any]


def gettext_noop(text: str) -> str:
    """Marks a text for translation, like Django's function, in code that must not load Django."""
    return text


class SafeError(Exception):
    """Base of the errors whose message this program writes: no parameter, secret or document.

    `code` identifies the message and is never reused; a code `a.b` is a special case of `a`.
    `translated` names the facts that are texts of this program and have translations, too. An
    error that is shown only in a terminal may have a text instead of facts, and then no code.
    """

    code: ClassVar[str] = ""
    template: ClassVar[str] = ""
    translated: ClassVar[tuple[str, ...]] = ()
    coded: Coded | None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "code" in vars(cls):
            if cls.code in _BY_CODE:
                raise TypeError(f"{cls.__name__} and {_BY_CODE[cls.code].__name__} share a code")
            _BY_CODE[cls.code] = cls

    def __init__(self, text: str = "", /, **facts: Any) -> None:
        has_code = not text and bool(self.code)
        self.coded = Coded(code=self.code, facts=facts) if has_code else None
        super().__init__(text or self.text_from(facts))

    @property
    def kind(self) -> str:
        """The code without the suffix of a special case."""
        return self.code.partition(".")[0]

    @classmethod
    def text_from(cls, facts: dict[str, Any], translate: Translate = str) -> str:
        """Raises KeyError if a fact is missing."""
        words = {name: fact_text(fact, translate) for name, fact in facts.items()}
        for name in cls.translated:
            words[name] = translate(str(words[name]))
        return translate(cls.template) % words


_BY_CODE: dict[str, type[SafeError]] = {}


def known_errors() -> dict[str, type[SafeError]]:
    """All imported error classes that have a code, by code."""
    return dict(_BY_CODE)


def text_of(coded: Coded, translate: Translate = str) -> str:
    """Raises KeyError for an unknown code or missing facts."""
    return _BY_CODE[coded["code"]].text_from(coded["facts"], translate)


def as_fact(error: SafeError) -> Coded | str:
    """The form in which one error is a fact of another."""
    return error.coded or str(error)


def fact_text(fact: Any, translate: Translate = str) -> Any:
    """The text of an error that is a fact; any other fact as it is."""
    if isinstance(fact, dict):
        return text_of(Coded(code=fact["code"], facts=fact["facts"]), translate)
    return fact
