"""No output of a diff has the value of a secret; that it has changed is told."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.history.made_exports import Export
from tests.unit.history.test_diff_guarantees import QUIET
from tests.unit.workflows.test_secrets import TEXTS
from workflow_mirror.cli.diff_report import coloured
from workflow_mirror.cli.output import to_json
from workflow_mirror.history.diff import Diff, as_json, as_markdown, diff

OLD, NEW = "hush77Hush", "quiet88Quiet"
PLACES: dict[str, Any] = {
    "authorization": {"type": "basic_auth", "username": "zuora", "password": OLD},
    "deep authorization": {"authorization": {"oauth": [{"anything": OLD}]}},
    "headers": [{"key": "Content-Type", "value": "x"}, {"key": "X-Api-Key", "value": OLD}],
    "password": OLD,
    "slackToken": OLD,
    "private_key": f"-----BEGIN PRIVATE KEY-----\n{OLD}\n-----END PRIVATE KEY-----",
    "Environment": {"Variables": {"ANYTHING": OLD}},
    "number": {"pin_token": 7788, "password": OLD},
    **{f"text {number}": text for number, text in enumerate(TEXTS)},
}


def export(parameters: Any, **task: Any) -> Export:
    made = {"id": 1, "name": "Call", "action_type": "Callout", "parameters": parameters} | task
    return {"workflow": {"id": 9, "name": "Dunning"}, "tasks": [made], "linkages": []}


def outputs(found: Diff) -> str:
    """Everything that can be seen of a diff."""
    document = as_json(found, layout=True, matches=True)
    told = [to_json(document), as_markdown(found, layout=True), repr(found.tasks), repr(found)]
    return "\n".join([*told, *coloured(found, layout=True)])


def replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [replaced(item, old, new) for item in value]
    return (
        {k: replaced(v, old, new) for k, v in value.items()} if isinstance(value, dict) else value
    )


@pytest.mark.parametrize("place", PLACES)
def test_a_changed_secret_is_told_and_not_shown(place: str) -> None:
    before = export({place: PLACES[place], "other": "a"})
    after = export({place: replaced(PLACES[place], OLD, NEW), "other": "b"})

    found = diff(before, after)

    [task] = found.tasks
    assert [one.is_secret for one in task.fields if not one.path.endswith("other")] == [True]
    assert OLD not in outputs(found)
    assert NEW not in outputs(found)
    assert "secret changed" in as_markdown(found) or "[secret]" in as_markdown(found)


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_that_is_added_removed_or_the_same_is_not_shown(place: str) -> None:
    with_secret, without = export({place: PLACES[place]}), export({})

    for one, two in ((with_secret, without), (without, with_secret), (with_secret, {"tasks": []})):
        assert OLD not in outputs(diff(one, two))
    assert diff(with_secret, deepcopy(with_secret)).equal()


@QUIET
@given(
    st.sampled_from(sorted(PLACES)),
    st.sampled_from(["rename", "retype", "name", "string", "whole", "settings"]),
)
def test_a_secret_is_hidden_whatever_else_happens_to_its_task(place: str, edit: str) -> None:
    before, after = export({place: PLACES[place]}), export({"a": "b"})
    match edit:
        case "rename":
            after = export({place: replaced(PLACES[place], OLD, NEW)}, name="Another")
        case "retype":
            after = export({place: replaced(PLACES[place], OLD, NEW)}, action_type="Email")
        case "name":
            after = export({}, name=f"https://robot:{OLD}@erp.example.com")
        case "string":
            before = export(to_json(before["tasks"][0]["parameters"]))
        case "whole":
            before["tasks"][0]["unknown"] = [{place: PLACES[place]}]
        case "settings":
            before["workflow"]["parameters"] = {place: PLACES[place]}
            after["workflow"]["notifications"] = {place: PLACES[place]}

    told = outputs(diff(before, after)) + outputs(diff(after, before))

    assert OLD not in told
    assert NEW not in told


def test_the_default_of_an_input_is_hidden() -> None:
    before, after = export({}), export({})
    for document, value in ((before, OLD), (after, NEW)):
        inputs = [{"index": "0", "field_name": "Id", "callout_id": "id", "default": value}]
        document["workflow"]["parameters"] = {"fields": inputs}

    found = diff(before, after)

    [field] = found.workflow
    assert (field.path, field.is_secret) == ("parameters.fields[id].default", True)
    assert OLD not in outputs(found)


def test_a_reference_to_a_credential_is_shown() -> None:
    before = export({"password": "{{ Credentials.Custom.old }}"})
    after = export({"password": "{{ Credentials.Custom.new }}"})

    [task] = diff(before, after).tasks

    assert [(one.before, one.after, one.is_secret) for one in task.fields] == [
        ("{{ Credentials.Custom.old }}", "{{ Credentials.Custom.new }}", False)
    ]
