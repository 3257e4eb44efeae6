"""What can be wrong with a query. Every message is one line for the user."""

from typing import Any

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class QueryError(SafeError):
    """Base of all. `column` is the place of the error: a character of the query, from 1."""

    def __init__(self, *, column: int, **facts: Any) -> None:
        self.column = column
        super().__init__(column=column, **facts)


class EmptyQueryError(QueryError):
    code = "query_empty"
    template = _("Enter what to search for")


class QueryTooLongError(QueryError):
    code = "query_too_long"
    template = _("The query has more than %(number)d characters")


class TooManyTermsError(QueryError):
    code = "query_too_many_terms"
    template = _("The query has more than %(number)d terms (column %(column)d)")


class OnlyExclusionsError(QueryError):
    code = "query_only_exclusions"
    template = _("The query only excludes: add a term without a minus sign")


class InvalidCharacterError(QueryError):
    """`character` is a code point such as U+0000."""

    code = "query_invalid_character"
    template = _("Remove the invisible character %(character)s at column %(column)d")


class UnclosedQuoteError(QueryError):
    code = "query_unclosed_quote"
    template = _("The quote at column %(column)d is not closed")


class TextAfterQuoteError(QueryError):
    code = "query_text_after_quote"
    template = _(
        'Add a space after the closing quote (column %(column)d), or write \\" for a quote inside'
        " quotes"
    )


class NothingExcludedError(QueryError):
    code = "query_nothing_excluded"
    template = _("The minus sign at column %(column)d needs a term right after it")


class UnknownKeyError(QueryError):
    code = "query_unknown_key"
    template = _(
        "Unknown key %(key)s at column %(column)d. The keys are %(keys)s. To search for the text,"
        " put it in quotes"
    )


class MissingValueError(QueryError):
    code = "query_missing_value"
    template = _(
        "The key %(key)s at column %(column)d needs a value right after the colon, such as"
        " %(example)s"
    )


class UnknownValueError(QueryError):
    code = "query_unknown_value"
    template = _(
        "The key %(key)s has no value %(value)r (column %(column)d). The values are %(choices)s"
    )


class TooManyAsterisksError(QueryError):
    code = "query_too_many_asterisks"
    template = _("The value at column %(column)d has more than %(number)d asterisks")


class TooShortError(QueryError):
    code = "query_too_short"
    template = _(
        "The text %(text)s at column %(column)d is too short: it needs at least %(number)d"
        " characters, two of them letters or digits"
    )


class UnclosedRegexError(QueryError):
    code = "query_unclosed_regex"
    template = _(
        "The regular expression at column %(column)d does not end with /. To search for a path, put"
        " it in quotes"
    )


class TextAfterRegexError(QueryError):
    code = "query_text_after_regex"
    template = _(
        "The regular expression ends at column %(column)d, but text follows. Write \\/ for a slash"
        " inside it; to search for a path, put it in quotes"
    )


class RegexTooLongError(QueryError):
    code = "query_regex_too_long"
    template = _("The regular expression at column %(column)d has more than %(number)d characters")


class RegexWithoutLiteralError(QueryError):
    code = "query_regex_without_literal"
    template = _(
        "The regular expression at column %(column)d needs at least %(number)d fixed characters in"
        " a row, two of them letters or digits, in each alternative"
    )


class InvalidRegexError(QueryError):
    code = "query_regex_invalid"
    template = _("Invalid regular expression, column %(column)d: %(reason)s")
    translated = ("reason",)
