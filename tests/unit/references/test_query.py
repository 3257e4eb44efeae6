"""The query language: what is read, and what is refused with its place."""

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from workflow_mirror.error_texts import in_our_language
from workflow_mirror.references.query import (
    KEYS,
    Key,
    KeyValue,
    Query,
    QueryError,
    Regex,
    Text,
    parse,
)
from workflow_mirror.references.query.parse import MAX_LENGTH, MAX_TERMS

EXAMPLE = (
    "field:Account.Region__c host:erp.example.com email:@old.example.com workflow:4711"
    " constant:ERP_HOST type:Callout customer:Acme state:active has:secret"
    ' "exact text" -word /reg[a-z]ex/'
)
# Texts of the characters that mean something, much likelier than in st.text().
QUERIES = st.one_of(
    st.text(),
    st.text(alphabet='abc :-/"\\“”*.()[]{}|+?^$,09dé\n\u200b'),
    st.lists(
        st.sampled_from(
            [
                *(f"{key.name}:" for key in KEYS),
                *('"', '\\"', "\\", "-", "/", " ", "  ", "“", "*", "secret", "active"),
                *("abc", "Acme S.p.A.", "@b.com", "[a-z]", "(abc|def)", "\\d+", "{2,3}", "x::y"),
            ]
        )
    ).map("".join),
)

VALUES = st.one_of(st.text(min_size=1), st.text(alphabet='ab "\\“”*:/-.', min_size=1))


def shown(query: Query) -> list[str]:
    return [str(term) for term in query.terms]


def outcome(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


def error_of(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


def test_the_example_of_the_design_is_read() -> None:
    query = parse(EXAMPLE)
    assert {key: [term.value for term in terms] for key, terms in query.values.items()} == {
        "field": ["Account.Region__c"],
        "host": ["erp.example.com"],
        "email": ["@old.example.com"],
        "workflow": ["4711"],
        "constant": ["ERP_HOST"],
        "type": ["Callout"],
        "customer": ["Acme"],
        "state": ["active"],
        "has": ["secret"],
    }
    assert [text.text for text in query.texts] == ["exact text"]
    assert [regex.source for regex in query.regexes] == ["reg[a-z]ex"]
    assert [str(term) for term in query.excluded] == ["-word"]


def test_a_repeated_key_has_several_values_in_their_order() -> None:
    query = parse("host:a.com abc HOST:b.com -host:c.com")
    assert [term.value for term in query.values["host"]] == ["a.com", "b.com"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('customer:"Acme S.p.A."', "Acme S.p.A."),
        (r'customer:"the \"best\" \\ one"', r'the "best" \ one'),
        (r'file:"C:\temp\new.csv"', r"C:\temp\new.csv"),
        ("customer:“Acme S.p.A.”", "Acme S.p.A."),
        ("type:Execute::WorkflowTask", "Execute::WorkflowTask"),
        ("url:https://erp.example.com:8443/x?y=1", "https://erp.example.com:8443/x?y=1"),
        ("state:Active", "active"),
    ],
)
def test_a_value_can_be_quoted_and_contain_colons(text: str, value: str) -> None:
    [term] = parse(text).terms
    assert isinstance(term, KeyValue)
    assert term.value == value


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("https://erp.example.com/x", ["https://erp.example.com/x"]),
        ("Execute::WorkflowTask", ["Execute::WorkflowTask"]),
        ("erp.example.com:8443", ["erp.example.com:8443"]),
        ("{{Data.Account.Id}}", ["{{Data.Account.Id}}"]),
        ('he"llo there"', ['he"llo', 'there"']),
        ("one\ttwo\nthree\u00a0four", ["one", "two", "three", "four"]),
        ('"-word"', ["-word"]),
        ("a-b", ["a-b"]),
        ("“exact text”", ["exact text"]),
        ('"field:Account"', ["field:Account"]),
        ("perché", ["perché"]),
    ],
)
def test_free_text_is_taken_as_it_is(text: str, terms: list[str]) -> None:
    assert [term.text for term in parse(text).terms if isinstance(term, Text)] == terms


def test_a_minus_sign_excludes_words_phrases_keys_and_regexes() -> None:
    query = parse('abc -word -"two words" -type:Callout -/reg.ex/')
    kinds = [type(term) for term in query.excluded]
    assert kinds == [Text, Text, KeyValue, Regex]
    assert shown(query) == ["abc", "-word", '-"two words"', "-type:Callout", "-/reg.ex/"]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("", "query_empty", 1),
        (" \n ", "query_empty", 1),
        ("a" * (MAX_LENGTH + 1), "query_too_long", MAX_LENGTH + 1),
        ("abc " * 2500, "query_too_long", MAX_LENGTH + 1),
        ("abc " * (MAX_TERMS + 1), "query_too_many_terms", 4 * MAX_TERMS + 1),
        ("  -word -type:Callout", "query_only_exclusions", 4),
        ("ab\x00c", "query_invalid_character", 3),
        ("abc\x1b[2J", "query_invalid_character", 4),
        ("abc \u202edef", "query_invalid_character", 5),
        ("abc \ud800", "query_invalid_character", 5),
        ('abc "def', "query_unclosed_quote", 5),
        ('customer:"Acme', "query_unclosed_quote", 10),
        ('"abc\\"', "query_unclosed_quote", 1),
        ("“abc", "query_unclosed_quote", 1),
        ('abc "def"ghi', "query_text_after_quote", 9),
        ("abc - def", "query_nothing_excluded", 5),
        ("abc -", "query_nothing_excluded", 5),
        ("abc feild:Account", "query_unknown_key", 5),
        ("abc -localhost:8080", "query_unknown_key", 6),
        ("abc field:", "query_missing_value", 5),
        ("field: Account", "query_missing_value", 1),
        ('field:" "', "query_missing_value", 1),
        ("abc state:on", "query_unknown_value", 11),
        ("has:passwords", "query_unknown_value", 5),
        ("abc it", "query_too_short", 5),
        ("abc -it", "query_too_short", 6),
        ('abc "  a  "', "query_too_short", 5),
        ("{{}}", "query_too_short", 1),
        ("url:/a", "query_too_short", 5),
        ("file:**", "query_too_short", 6),
        ("file:a*b*c*d*e*f", "query_too_many_asterisks", 6),
        ("abc /def", "query_unclosed_regex", 5),
        ("/v1/invoices", "query_text_after_regex", 4),
    ],
)
def test_an_error_has_its_code_and_place(text: str, code: str, column: int) -> None:
    error = error_of(text)
    assert (error.code, error.column) == (code, column)


def test_an_error_says_what_is_possible_in_both_languages() -> None:
    unknown, value, short = map(error_of, ("feild:Account", "state:on", "it"))
    assert str(unknown) == (
        "Unknown key feild at column 1. The keys are field, object, host, url, email, workflow,"
        " constant, credential, file, report, lambda, event, type, customer, state, has. To search"
        " for the text, put it in quotes"
    )
    assert str(value) == (
        "The key state has no value 'on' (column 7). The values are active, inactive, deleted"
    )
    assert "at least 3 characters" in str(short)
    with translation.override("it"):
        assert in_our_language(unknown).startswith("Chiave sconosciuta feild alla colonna 1.")


@given(QUERIES)
@example(r"/abc\/def/ -/(ghi|jkl)m{2}/")
@example("abc\\")
@example('abc “ " „a\\" ”')
def test_a_query_is_read_or_refused_within_its_text(text: str) -> None:
    match outcome(text):
        case QueryError() as error:
            assert 1 <= error.column <= max(len(text), 1)
            assert str(error)
        case Query() as query:
            assert all(1 <= term.column <= len(text) for term in query.terms)
            assert parse(str(query)) == query


@given(st.lists(st.tuples(st.sampled_from(KEYS), VALUES, st.booleans()), max_size=8))
def test_what_is_written_is_read_again(parts: list[tuple[Key, str, bool]]) -> None:
    terms = tuple(KeyValue(key, value, excluded=excluded) for key, value, excluded in parts)
    written = Query((Text("first"), *terms))
    match outcome(str(written)):
        case QueryError() as error:  # about the value itself, not about how it is written
            assert error.code in {
                "query_invalid_character",
                "query_missing_value",
                "query_unknown_value",
                "query_too_short",
                "query_too_many_asterisks",
                "query_too_long",
            }
        case query:
            assert query == written


@pytest.mark.parametrize(
    "text",
    [
        *("-" * 2000, '"' * 2000, "/" * 2000, "a:" * 1000, "\\" * 2000, '"' + "\\" * 1999),
        *("((" * 1000, "/" + "(" * 198 + "/", "/" + "(a|" * 66 + "/", "“" * 2000, 'a\\"' * 600),
        *("url:" + "*a" * 900, "host:" + "a:" * 900, "host:" + "@" * 1900, "[" * 2000),
    ],
)
def test_repeated_signs_are_refused_or_read(text: str) -> None:
    """A parser that is exponential in them would not end."""
    found = outcome(text)
    assert isinstance(found, Query) or 1 <= found.column <= len(text)
