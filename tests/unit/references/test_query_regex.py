"""Regular expressions in queries: the fixed text that guards them, and what is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.references.query import QueryError, Regex, parse

PARTS = ["a", "b", "c", ".", "[ab]", "(ab|bc)", "(abc)", "(?:a|b.)", "(ab(c|bb))"]
SOURCES = st.lists(
    st.tuples(st.sampled_from(PARTS), st.sampled_from(["", "", "?", "*", "+", "{2}", "{0,2}"])),
    max_size=5,
).map(lambda parts: "".join(map("".join, parts)))


def regex_of(source: str) -> Regex:
    [regex] = parse(f"/{source}/").regexes
    return regex


def error_of(source: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(f"/{source}/")
    return caught.value


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        ("invoice", ("invoice",)),
        ("Invoice", ("invoice",)),
        (r"perché\.it", ("perche.it",)),
        ("inv.*number", ("number",)),
        ("inv[a-z]+oice", ("oice",)),
        ("abc?def", ("def",)),
        ("abcd*efg", ("abc",)),
        ("abcd+e", ("abcd",)),
        ("xabc+defg", ("cdefg",)),
        ("a{2}bcdef", ("abcdef",)),
        ("(abc)(def)", ("abcdef",)),
        ("(?:abc)+x", ("abcx",)),
        ("(?:abc){0,2}xyz", ("xyz",)),
        ("(foo|barbaz)x", ("foo", "barbaz")),
        ("(foo|ba.)quux", ("quux",)),
        ("first|second", ("first", "second")),
        (r"erp\.example\.com", ("erp.example.com",)),
        (r"\{\{ *Data\.", ("data.",)),
        (r"https:\/\/erp", ("https://erp",)),
        ("(?:(?:deep))est", ("deepest",)),
        ("(ab*c)?xyz", ("xyz",)),
    ],
)
def test_a_match_contains_one_of_the_fixed_texts(source: str, literals: tuple[str, ...]) -> None:
    assert regex_of(source).literals == literals


@given(SOURCES, SOURCES, st.data())
def test_every_match_contains_one_of_the_fixed_texts(
    one: str, other: str, data: st.DataObject
) -> None:
    regex = regex_of(f"{one}abc|{other}bca")
    text = data.draw(st.from_regex(re.compile(regex.pattern, re.IGNORECASE)))
    assert any(literal in text.lower() for literal in regex.literals)


def test_accents_are_folded_as_in_the_texts() -> None:
    assert regex_of("Città[àé]").pattern == "Citta[ae]"


@pytest.mark.parametrize("source", [".*", "ab", "a.b.c", "[abc]{3}", "abc|de", "(abc)?", "---", ""])
def test_a_regex_without_three_fixed_characters_is_refused(source: str) -> None:
    assert error_of(source).code in {"query_regex_without_literal", "query_regex_invalid"}


@pytest.mark.parametrize(
    ("source", "place", "reason"),
    [
        ("^invoice", 0, "^ and $ are not supported"),
        ("invoice$", 7, "^ and $ are not supported"),
        ("*invoice", 0, "nothing to repeat"),
        ("invoice|+", 8, "nothing to repeat"),
        (r"(invoice)\1", 10, "backreferences"),
        (r"invoice\b", 8, r"only \d, \w, \s"),
        (r"invoice\n", 8, r"only \d, \w, \s"),
        (r"invoice\é", 8, r"only \d, \w, \s"),
        ("invoice(?=x)", 9, "lookarounds"),
        ("invoice(?<!x)", 9, "lookarounds"),
        ("(?i)invoice", 2, "lookarounds, flags"),
        ("(?P<a>invoice)", 2, "named groups"),
        ("(invoice+)+", 10, "cannot be nested"),
        ("(invoice|[a-z]*)*", 16, "cannot be nested"),
        ("((invoice+))+", 12, "cannot be nested"),
        ("invoice++", 8, "cannot be nested or repeated"),
        ("invoice*{2}", 8, "cannot be nested or repeated"),
        ("invoice+?+", 9, "cannot be nested or repeated"),
        ("(invoice", 0, "an opening parenthesis"),
        ("invoice)", 7, "a closing parenthesis"),
        ("invoice()", 8, "an empty group"),
        ("invoice(a|)", 10, "an empty group or alternative"),
        ("invoice[a-z", 7, "an opening bracket"),
        ("invoice[]", 8, "an empty group"),
        ("invoice[^]]", 9, "an empty group"),
        ("invoice[[:alpha:]]", 8, r"write \["),
        ("invoice[z-a]", 8, "a range must ascend"),
        ("invoice[A-z]", 8, "a range must ascend"),
        ("invoice[à-ù]", 8, "a range must ascend"),
        (r"invoice[\D]", 9, r"only \d, \w, \s"),
        ("invoice{1,99}", 7, "not exceed 50"),
        ("invoice{3,2}", 7, "must ascend"),
        ("invoice{,5}", 7, r"write \{"),
        ("{{Data}}", 0, r"write \{"),
        ("invoice  number", 7, "single spaces"),
        ("Straße", 4, "this character"),
        ("invoice（x", 7, "this character"),
        ("invoice" + "a?" * 11, 28, "too many quantifiers"),
        ("(" * 21 + "invoice" + ")" * 21, 21, "too deeply"),
    ],
)
def test_what_cannot_be_run_safely_is_refused_with_its_place(
    source: str, place: int, reason: str
) -> None:
    error = error_of(source)
    assert error.code == "query_regex_invalid"
    assert reason in str(error)
    assert error.column == place + 2  # the slash is at column 1


def test_a_long_regex_is_refused() -> None:
    assert error_of("a" * 201).code == "query_regex_too_long"
