"""Laws of the extraction: it reads any JSON, and no secret's value comes out of it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.references.made_exports import export_of, found, found_in, task
from workflow_mirror.references.extract import extract
from workflow_mirror.references.extract.reader import DEEPEST

SECRET = "Ks9vTq71LmZx"
WORDS = st.sampled_from((
    "tasks", "workflow", "parameters", "fields", "files", "email", "url", "where_clause", "query",
    "object", "headers", "key", "value", "linkages", "linkage_type", "event_triggers",
    "event_parameters", "workflow_id", "code", "{{", "}}", "{%", "%}", "'", '"', "(", "SELECT",
    "FROM", "Account.Region__c", "a@b.example.com", "https://erp.example.com/x?y=z",
))  # fmt: skip
TEXTS = st.text(max_size=30) | st.lists(WORDS, max_size=6).map(" ".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXTS, inner, max_size=5),
    max_leaves=20,
)
# Each hides the value by its key or its shape.
HIDING: list[Any] = [
    lambda value: {"authorization": {"type": "basic", "password": value}},
    lambda value: {"headers": [{"key": "X-Api-Key", "value": value}]},
    lambda value: {"sftp_password": f"{value}@sftp.example.com"},
    lambda value: {"url": f"https://user:{value}@erp.example.com/x"},
    lambda value: {"url": f"https://erp.example.com/x?api_key={value}"},
    lambda value: {"raw_body": json.dumps({"client_secret": f"https://{value}.example.com"})},
    lambda value: {"code": f"const token = '{value}@example.com';"},
    lambda value: {"code": f"{{% assign password = 'https://{value}.example.com' %}}"},
    lambda value: {"headers": {f"Authorization: Bearer {value}": "x"}},
    lambda value: {"where_clause": f"password = '{value}'"},
    lambda value: {"fields": {"Account": {f"token={value}": "true"}}},
    lambda value: {"environment": {"FILES": [f"{value}__12.csv"]}},
    lambda value: {"private_key": {"deep": [{"workflow_id": value, "files": {"0": value}}]}},
    lambda value: {"files": {"0": f"https://user:{value}@a.example.com"}},
    lambda value: {"workflow_name": f"password={value}"},
    lambda value: {"fields": {"Account": {f"ghp_{value}{value}": "true"}}},
    lambda value: {"fields": {f"ghp_{value}{value}": {"Name": "true"}}},
    lambda value: {"fields": [f"ghp_{value}{value}"]},
    lambda value: {"event_triggers": [f"ghp_{value}{value}"]},
    lambda value: {"workflow": {"files": [{"name": f"ghp_{value}{value}"}]}},
]


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read(document: Any) -> None:
    extract(document)
    extract({"workflow": document, "tasks": [document], "linkages": document})
    extract(export_of(task(parameters=document), parameters=document, notifications=document))


@settings(deadline=None)
@given(JSON, st.sampled_from(HIDING), st.booleans())
def test_the_value_of_a_secret_is_in_no_reference(around: Any, hiding: Any, is_task: bool) -> None:  # noqa: FBT001
    hidden = {"around": around, **hiding(SECRET)}
    document = export_of(task(parameters=hidden)) if is_task else export_of(parameters=hidden)
    references = extract(document).references
    assert not any(SECRET.lower() in f"{one.name} {one.path}".lower() for one in references)
    assert "secret" in {one.kind for one in references}


@settings(deadline=None)
@given(JSON)
def test_the_same_document_has_the_same_references(document: Any) -> None:
    first = extract(export_of(task(parameters=document)))
    copy = json.loads(json.dumps(document))
    assert extract(export_of(task(parameters=copy))) == first
    assert len({one[:3] + one[4:] for one in first.references}) == len(first.references)


def test_a_secret_is_named_by_its_path_alone() -> None:
    parameters = {"authorization": {"type": "basic_auth", "username": "zuora", "password": SECRET}}
    references = extract(export_of(task("Callout", parameters=parameters))).references
    assert [(one.kind, one.name, one.path) for one in references] == [
        ("secret", "", "parameters.authorization.username"),
        ("secret", "", "parameters.authorization.password"),
    ]


def test_a_reference_in_the_place_of_a_secret_is_found() -> None:
    parameters = {"authorization": {"password": "{{ Credentials.Custom.erp }}"}}
    assert found_in(parameters) == {("credential", "Custom.erp", "certain")}


def test_the_default_of_an_input_is_a_secret() -> None:
    inputs = [{"object_name": "Account", "field_name": "Id", "default": "a@example.com"}]
    assert {kind for kind, _, _ in found(export_of(parameters={"fields": inputs}))} == {
        "field",
        "secret",
    }


def test_what_is_nested_too_deeply_is_counted_and_not_read() -> None:
    value: Any = "a@example.com"
    for _ in range(DEEPEST + 50):
        value = [value]
    extracted = extract(export_of(task(parameters={"x": value, "y": "b@example.com"})))
    assert [one.name for one in extracted.references] == ["b@example.com"]
    assert extracted.unparsed == 1


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="a.[]'\"@_c{}%:/ \ue000\ue001é", max_size=300).map(lambda text: text * 50))
def test_a_long_text_of_odd_characters_is_read(text: str) -> None:
    extract(export_of(task(name=text, parameters={"where_clause": text, "url": text})))


def test_names_and_paths_can_be_stored() -> None:
    key = "k" * 5000
    document = export_of(
        task(parameters={key: "https://erp.example.com/" + "x" * 5000 + "\0\ud800"})
    )
    for one in extract(document).references:
        assert len(one.name) <= 500
        assert len(one.path) <= 1000
        (one.name + one.path).encode()
        assert "\0" not in one.name
