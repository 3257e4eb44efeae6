"""Values in the colours of their language: no text is changed, and nothing becomes markup."""

import re
from html import unescape
from typing import Any, get_args

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.web.tasks import highlight
from workflow_mirror.web.tasks.highlight import CHARACTERS, Budget
from workflow_mirror.web.tasks.languages import Language, language_of
from workflow_mirror.web.tasks.parameters import read_parameters

LANGUAGES: tuple[Language, ...] = get_args(Language)
FRAGMENTS = (
    "SELECT Id FROM A", "{{ x | y }}", "{% if a %}", '<p class="b">', "</script>", "<script>",
    "var a = 'b';", "/* c */", "-- d", '{"e": 1}', "&amp;", "&", "\r\n", "\n", " ", "`${f}`", "'",
    '"', "<!--", "è", "\t", "\x0b", "\ufeff", "\u2028",
)  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=12).map("".join)


def shown(html: str) -> str:
    """What a browser shows of it."""
    return unescape(re.sub(r"</?(?:span|mark)(?: [a-z]+=\"[a-z-]+\")?>", "", html))


@settings(deadline=None)
@given(texts, st.sampled_from(LANGUAGES), st.data())
def test_colours_and_marks_change_no_text_and_let_no_markup_in(
    text: str, language: Language, data: Any
) -> None:
    start = data.draw(st.integers(0, len(text)))
    mark = (start, data.draw(st.integers(start, len(text))))

    html = Budget().highlighted(text, language)
    assert shown(html) == text
    assert not re.search(r"<(?!/?span)", html)
    marked = Budget().highlighted(text, language, mark)
    before, _, rest = marked.partition('<mark id="place">')
    inner, _, after = rest.partition("</mark>")
    assert [shown(part) for part in (before, inner, after)] == [
        text[: mark[0]], text[mark[0] : mark[1]], text[mark[1] :],
    ]  # fmt: skip
    assert before.count("<span") == before.count("</span>")
    assert inner.count("<span") == inner.count("</span>")


@pytest.mark.parametrize(
    ("text", "language", "name", "coloured"),
    [
        ("SELECT Id FROM A WHERE x = 'y'", "sql", "zh-word", "SELECT"),
        ("SELECT Id FROM A WHERE x = {{ Data.y }}", "sql", "zh-name", "Data"),
        ("<p>{% if a %}b</p>", "html", "zh-word", "if"),
        ("<p>b</p>", "html", "zh-name", "p"),
        ("const a = 'b';", "javascript", "zh-text", "&#x27;b&#x27;"),
        ('{"a": 12}', "json", "zh-number", "12"),
        ("<a:b>c</a:b>", "xml", "zh-name", "&lt;a:b"),
        ("Dear {{ Name }}", "liquid", "zh-name", "Name"),
    ],
)
def test_each_language_has_its_colours(
    text: str, language: Language, name: str, coloured: str
) -> None:
    assert f'<span class="{name}">{coloured}</span>' in Budget().highlighted(text, language)


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("x", "select Id,\n Name\nfrom Account", "sql"),
        ("x", "{% if a %}\nSELECT Id FROM Account\n{% endif %}", "sql"),
        ("where_clause", "Status = 'Active'\nand x = 1", "sql"),
        ("email.template", "<html><body>Dear {{ Name }}</body></html>", "html"),
        ("x", "{{ greeting }}\n<p>Dear</p>", "html"),
        ("x", "<?xml version='1.0'?>\n<a/>", "xml"),
        ("x", "<ns1:create>\n</ns1:create>", "xml"),
        ("script", "const x = 1;\nmodule.exports = x", "javascript"),
        ("x", "function run(a) {\n return a }", "javascript"),
        ("x", "{% assign a = 1 %}\n{{ a }}", "liquid"),
        ("x", "Dear customer,\nplease select one from the list", ""),
        ("x", "a < b and c > d", ""),
        ("x", "a <b and c> d\nor a<i or x<table5", ""),
        ("x", "Dear customer\nyour <b>notice</b>", "html"),
        ("x", "", ""),
    ],
)
def test_the_language_is_known_by_the_text(name: str, text: str, language: str) -> None:
    assert language_of(name, text) == language


def test_what_exceeds_the_limit_of_a_page_is_plain() -> None:
    budget = Budget()
    half = "SELECT Id FROM A -- " + "x" * (CHARACTERS // 2)

    assert "zh-word" in budget.highlighted(half, "sql")
    assert "zh-word" not in budget.highlighted(half, "sql")
    assert "zh-word" in budget.highlighted("SELECT Id FROM A", "sql")


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one])
def test_what_takes_too_long_is_plain(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlight, "CPU_SECONDS", 0)
    text = "{{ a }} <p>b</p> 1"

    assert shown(Budget().highlighted(text, language)) == text
    assert "zh-" not in Budget().highlighted(text, language)


def test_a_line_break_at_the_beginning_of_a_value_is_kept() -> None:
    """Browsers drop one after the tag."""
    html = render_to_string(
        "web/tasks/parameters.html", {"parameters": read_parameters({"x": "\na"})}
    )
    assert '<pre tabindex="0">\n\na</pre>' in html
