"""Liquid: paths, aliases, and the comparison with a parser of Liquid."""

from typing import Any

import liquid
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.references.made_exports import CERTAIN, LIKELY, export_of, found_in, names_in, task
from workflow_mirror.references.extract import extract
from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.liquid import Liquid


def fields(code: str) -> set[str]:
    return names_in({"code": code}, "field")


def unparsed(code: str) -> int:
    return extract(export_of(task(parameters={"code": code}))).unparsed


@pytest.mark.parametrize(
    "code",
    [
        "{{ Data.Account.Region__c }}",
        "{{-Data.Account.Region__c-}}",
        "{{ Data.Account.Region__c | upcase | default: 'x' }}",
        "{{ Data['Account'][\"Region__c\"] }}",
        "{{ Data.Account[0].Region__c }}",
        "{{ Data.Account.first.Region__c }}",
        "{% if Data.Account.Region__c == 'North' and true %}x{% endif %}",
        "{% if true %}{% elsif x or Data.Account.Region__c contains 'a' %}{% endif %}",
        "{% case Data.Account.Region__c %}{% when 'a', 'b' %}{% endcase %}",
        "{% unless Data.Account.Region__c %}{% endunless %}",
        "{% assign x = 'a' | append: Data.Account.Region__c %}",
        "{% for x in Data.Account %}{{ x.Region__c }}{% endfor %}",
        "{%- for x in Data.Account limit: 5 -%}\r\n{{x.Region__c}}\r\n{%- endfor -%}",
        "{% tablerow x in Data.Account cols:2 %}{{ x.Region__c }}{% endtablerow %}",
        "{% assign a = Data.Account %}{{ a.Region__c }}",
        "{% assign a = Data.Account | sort: 'Name' %}{% for x in a %}{{ x.Region__c }}{% endfor %}",
        "{% liquid\n assign a = Data.Account\n echo a.Region__c\n%}",
        "{{ Data.Account | map: 'Region__c' }}",
        "{% assign open = Data.Account | where: 'Region__c', 'North' %}",
        "<style>@media print{a{b:c}}</style>{{ Data.Account.Region__c }}",
    ],
)
def test_a_field_is_found_in_every_tag(code: str) -> None:
    assert ("field", "Account.Region__c", CERTAIN) in found_in({"code": code}, "field")
    assert unparsed(code) == 0


def test_an_alias_ends_with_its_loop() -> None:
    code = (
        "{% for x in Data.Account %}{{ x.Name }}{% endfor %}"
        "{% for x in Data.Invoice %}{{ x.Id }}{% endfor %}"
    )
    assert fields(code) == {"Account.Name", "Invoice.Id"}


def test_the_outer_alias_returns_after_an_inner_loop_of_the_same_name() -> None:
    code = (
        "{% for x in Data.Account %}{% for x in Data.Invoice %}{{ x.A }}{% endfor %}"
        "{{ x.B }}{% endfor %}"
    )
    assert fields(code) == {"Invoice.A", "Account.B"}


def test_the_same_output_is_read_again_after_an_alias_has_changed() -> None:
    code = "{% assign a = Data.Account %}{{ a.Id }}{% assign a = Data.Invoice %}{{ a.Id }}"
    assert fields(code) == {"Account.Id", "Invoice.Id"}


@pytest.mark.parametrize(
    "broken",
    [
        "{{ Data.Account.Region__c | upcase",
        "{% if Data.Account.Region__c == 'a %}x{% endif %}",
        "{% if Data.Account.Region__c %}",
        "{% unheardof Data.Account.Region__c %}",
        "{% for x in Data.Other %}{{ Data.Account.Region__c }}{% endif %}",
        "{{ Data.Account.Region__c[ }}",
    ],
)
def test_broken_liquid_is_read_all_the_same_and_counted(broken: str) -> None:
    assert fields(broken) == {"Account.Region__c"}
    assert unparsed(broken) == 1


def test_what_a_comment_and_raw_text_say_is_less_certain() -> None:
    code = (
        "{% comment %}{{ Data.Account.Name }}{% endcomment %}"
        "{% raw %}{{ Data.Account.Id }}{% endraw %}"
    )
    assert found_in({"code": code}, "field") == {
        ("field", "Account.Name", LIKELY),
        ("field", "Account.Id", LIKELY),
    }
    assert unparsed(code) == 0


def test_texts_in_tags_are_searched_too() -> None:
    code = "{% assign u = “https://erp.example.com/x” %}{{ 'a@example.com' }}"
    assert names_in({"code": code}, "host") == {"erp.example.com"}
    assert names_in({"code": code}, "email") == {"a@example.com"}


def test_constants_and_credentials_are_found() -> None:
    code = (
        "{{ GlobalConstants.ERP_HOST }} {{ GlobalConstants['ERP_PATH'] }}"
        "{{ Credentials.Custom.erp }}"
    )
    assert found_in({"code": code}) == {
        ("constant", "ERP_HOST", CERTAIN),
        ("constant", "ERP_PATH", CERTAIN),
        ("credential", "Custom.erp", CERTAIN),
    }


def test_a_loop_over_an_object_names_the_object() -> None:
    assert names_in({"code": "{% for x in Data.Account %}{% endfor %}"}, "object") == {"Account"}


def test_a_file_of_another_task_is_named_without_the_id() -> None:
    assert names_in({"code": "{{ Data.Files.email__12.html }}"}, "file") == {"email__*.html"}


def test_a_check_of_runs_names_the_workflow() -> None:
    code = (
        "{{ 4711 | active_run_check_by_definition }}"
        "{{ 'Dunning' | check_parent_workflow_status: 'Queued' }}"
    )
    assert names_in({"code": code}, "workflow") == {"4711", "Dunning"}


@pytest.mark.parametrize(
    "bomb",
    [
        "{% for x in Data.Account %}" * 20_000 + "{{ Data.Account.Region__c }}",
        "{{ Data.Account.Region__c }}" + "{{ a" * 30_000,
        "{{ Data.Account.Region__c }}" + "{{ " + "a[" * 50_000 + "]" * 50_000 + " }}",
        "{% assign a = Data.Account %}"
        + "{% assign a = a.b %}" * 5_000
        + "{{ Data.Account.Region__c }}{",
    ],
)
def test_a_bomb_of_liquid_is_bounded(bomb: str) -> None:
    assert "Account.Region__c" in fields(bomb)


NAMES = st.sampled_from(["Account", "Invoice", "Name", "Region__c", "Città__c", "x", "y"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: ".".join(["Data", *names]))
VALUES = PATHS | st.sampled_from(["'a.b'", '"c"', "5", "x.Name", "y"])
FILTERED = st.builds(
    lambda value, tail: value + tail,
    VALUES,
    st.sampled_from(["", " | upcase", " | default: Data.Account.Id", " | slice: 0, 3"]),
)
LEAVES = FILTERED.map("{{{{ {} }}}}".format) | st.sampled_from(["text", "}", "\r\n"])


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{{% for x in {} %}}{}{{% endfor %}}".format, PATHS, inner),
        st.builds("{{% if {} == {} %}}{}{{% endif %}}".format, VALUES, VALUES, inner),
        st.builds("{{% assign y = {} %}}{}".format, FILTERED, inner),
        st.builds(
            "{{% unless {} %}}{}{{% else %}}{}{{% endunless %}}".format, VALUES, inner, inner
        ),
        st.builds(str.__add__, inner, inner),
    )


class Paths(Names):
    """What the reader of Liquid reads, before it is given a meaning."""


@settings(deadline=None)
@given(st.recursive(LEAVES, blocks, max_leaves=8))
def test_all_that_a_parser_of_liquid_finds_is_found(template: str) -> None:
    """Aside from aliases, which the parser does not follow."""
    names = Paths()
    reader = Liquid(names, template)
    parsed = liquid.Environment().from_string(template).analyze(include_partials=False)
    expected: set[str] = set()
    for variable in parsed.globals.get("Data", []):
        segments: list[Any] = variable.segments
        if len(segments) > 2:
            expected.add(".".join(str(segment) for segment in segments[1:]))
    assert expected <= {name for kind, name, _ in names.found() if kind == "field"}
    assert not reader.is_odd
