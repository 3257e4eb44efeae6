"""The base of our own errors: a code and facts, from which every text is made.

An error's class gives its `code` and its `template`; the facts fill the template. What is stored of
an error is its English text and `Coded`; `text_of` makes the text again, in another language if
`translate` is a gettext. See error_texts.py for what is said about any other exception.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypedDict

type Translate = Callable[[str], str]


class Coded(TypedDict):
    """What an error is made of, ready for JSON.

    A fact is a text, a number, or the `Coded` of another error, which is told inside this one.
    """

    code: str
    facts: dict[str, Any]


def gettext_noop(text: str) -> str:
    """Marks a text for translation, as Django's function of this name, where Django is unknown."""
    return text


class SafeError(Exception):
    """Base of the errors whose message this program writes: no parameter, secret or document.

    `code` names the message and is never reused for another one; a code `a.b` is a special case of
    `a`. `translated` are the facts that are words of ours and have a translation, too. An error
    that only a terminal shows may have a text instead of facts; it has no code then.
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
        """The code without what makes it a special case."""
        return self.code.partition(".")[0]

    @classmethod
    def text_from(cls, facts: dict[str, Any], translate: Translate = str) -> str:
        """Raises KeyError where a fact is missing."""
        words = {name: _word(fact, translate) for name, fact in facts.items()}
        for name in cls.translated:
            words[name] = translate(str(words[name]))
        return translate(cls.template) % words


_BY_CODE: dict[str, type[SafeError]] = {}


def known_errors() -> dict[str, type[SafeError]]:
    """Every error class that has been imported and has a code, by this code."""
    return dict(_BY_CODE)


def text_of(coded: Coded, translate: Translate = str) -> str:
    """Raises KeyError for a code that this version does not know, or facts that are too few."""
    return _BY_CODE[coded["code"]].text_from(coded["facts"], translate)


def as_fact(error: SafeError) -> Coded | str:
    """For the facts of an error that tells of this one."""
    return error.coded or str(error)


def _word(fact: Any, translate: Translate) -> Any:
    if isinstance(fact, dict):
        return text_of(Coded(code=fact["code"], facts=fact["facts"]), translate)
    return fact
