"""What a rule covers, what is proposed as a rule, and which workflows are proposed as a pair."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.compare.test_guarantees import Workflow
from workflow_mirror.compare.errors import InvalidRuleError
from workflow_mirror.compare.expected import covers_path, judge
from workflow_mirror.compare.hints import hints_of, prefix_hints
from workflow_mirror.compare.replacing import Replacing
from workflow_mirror.compare.result import Hint
from workflow_mirror.compare.rules import KINDS, Kind, Rule, checked
from workflow_mirror.compare.similar import candidates
from workflow_mirror.history.diff import diff

HOST = Rule("host", "sandbox.example.com", "example.com")


def export(parameters: dict[str, Any], **workflow: Any) -> dict[str, Any]:
    task = {"id": 1, "name": "Send", "action_type": "Callout", "parameters": parameters}
    return {"workflow": {"id": 9, **workflow}, "tasks": [task], "linkages": []}


def left(one: Any, two: Any, *rules: Rule) -> list[str]:
    """The paths at which something is still different."""
    judged = judge(diff(one, two), rules).different
    return [
        field.path for field in (*judged.workflow, *(f for t in judged.tasks for f in t.fields))
    ]


@pytest.mark.parametrize(
    ("before", "after", "is_covered"),
    [
        ("https://sandbox.example.com/v1", "https://example.com/v1", True),
        ("https://api.sandbox.example.com", "https://api.example.com", True),
        (
            "me@sandbox.example.com; you@sandbox.example.com",
            "me@example.com; you@example.com",
            True,
        ),
        (
            "sandbox.example.com and sandbox.example.com",
            "example.com and sandbox.example.com",
            True,
        ),
        ("https://example.com", "https://sandbox.example.com", False),
        ("https://sandbox.example.com/v1", "https://example.com/v2", False),
        ("https://mysandbox.example.com", "https://myexample.com", False),
        ("sandbox.example.community", "example.community", False),
        (["a@sandbox.example.com", "b"], ["a@example.com", "b"], True),
        (["a@sandbox.example.com", "b"], ["b", "a@example.com"], False),
        ({"to": ["sandbox.example.com"]}, {"to": ["example.com"]}, True),
        ({"to": "sandbox.example.com"}, {"cc": "example.com"}, False),
        ("sandbox.example.com", None, False),
        (True, False, False),
        ("same", "same", False),
    ],
)
def test_a_replacement_covers_whole_words_in_its_direction(
    before: Any, after: Any, *, is_covered: bool
) -> None:
    assert Replacing([HOST]).rule_for(before, after) == (HOST if is_covered else None)


@given(st.text("ab.", max_size=8), st.text("ab.", max_size=8))
def test_what_a_replacement_covers_can_be_reached_by_replacing(before: str, after: str) -> None:
    """Held against trying every subset of the occurrences."""
    one, two = "a", "b.b"
    places = [
        place
        for place, char in enumerate(before)
        if char == one
        and not before[place - 1 : place].isalnum()
        and not before[place + 1 : place + 2].isalnum()
    ]
    reachable = {
        "".join(
            two if place in places and 1 << places.index(place) & chosen else char
            for place, char in enumerate(before)
        )
        for chosen in range(1 << len(places))
    }

    covered = Replacing([Rule("text", one, two)]).rule_for(before, after) is not None

    assert covered == (after in reachable and after != before)


def test_a_text_with_many_ways_is_answered_at_once() -> None:
    """Each occurrence alone could be replaced or not: 2 to the power of 400."""
    rules = [Rule("text", "a", "a a"), Rule("text", "a", "a a a")]

    assert Replacing(rules).rule_for("a " * 400, "a " * 1300 + "b") is None
    assert Replacing(rules).rule_for("a " * 400, "a " * 700) is not None


@pytest.mark.parametrize(
    ("pattern", "path", "is_covered"),
    [
        ("tasks.parameters.url", "tasks.parameters.url", True),
        ("tasks.parameters", "tasks.parameters.url", True),
        ("tasks.parameters.headers", "tasks.parameters.headers[X-Env].value", True),
        ("tasks.parameters.headers[X-Env]", "tasks.parameters.headers[X-Env].value", True),
        ("tasks.*.url", "tasks.parameters.body.url", True),
        ("tasks.parameters.ur", "tasks.parameters.url", False),
        ("parameters.url", "tasks.parameters.url", False),
        ("workflow.?nterval", "workflow.interval", False),
        ("workflow.[i]nterval", "workflow.interval", False),
    ],
)
def test_a_path_covers_itself_and_what_is_below(
    pattern: str, path: str, *, is_covered: bool
) -> None:
    assert covers_path(pattern, path) is is_covered


def test_a_schedule_rule_covers_when_a_workflow_runs_and_nothing_else() -> None:
    one = export({}, interval="0 0 * * *", timezone="Rome", scheduled_trigger=True, delete_ttl=1)
    two = export({}, interval="0 5 * * *", timezone="UTC", scheduled_trigger=False, delete_ttl=2)

    assert left(one, two, Rule("schedule")) == ["delete_ttl"]


def test_numbers_are_replaced_as_ids() -> None:
    one, two = export({"template_id": 12}), export({"template_id": 34})

    assert left(one, two, Rule("id", "12", "34")) == []
    assert left(one, two, Rule("id", "1", "3")) == ["parameters.template_id"]


def test_a_hidden_secret_beside_an_expected_text_stays_a_difference() -> None:
    """In a list of another length only what is shown is known, in which secrets look alike."""
    one = export({"headers": [{"key": "token", "value": "a"}, "sandbox.example.com"]})
    two = export({"headers": [{"key": "token", "value": "b"}, "example.com"]})

    assert left(one, two, HOST) == ["parameters.headers"]


def test_a_name_of_a_task_is_expected_by_replacement_and_path() -> None:
    one, two = export({}), export({})
    one["tasks"][0]["name"] = "Send to sandbox.example.com"
    two["tasks"][0]["name"] = "Send to example.com"

    for rule in (HOST, Rule("path", "tasks.name")):
        judged = judge(diff(one, two), [rule])
        assert judged.different.equal()
        assert [expected.path for expected in judged.expected] == ["name"]
    assert not judge(diff(one, two), [Rule("host", "x", "y")]).different.equal()


def test_a_constant_may_have_another_name() -> None:
    one = export({"url": "{{ GlobalConstants.ERP_SB }}/v1"})
    two = export({"url": "{{ GlobalConstants.ERP }}/v1"})

    assert left(one, two, Rule("constant", "ERP_SB", "ERP")) == []


def test_domains_in_which_hosts_and_addresses_differ_are_proposed_once() -> None:
    one = export({"url": "https://erp.sandbox.example.com/v1", "to": "me@sandbox.example.com"})
    two = export({"url": "https://erp.example.com/v1", "to": "me@example.com"})

    assert list(hints_of(diff(one, two))) == [Hint("host", "sandbox.example.com", "example.com")]


def test_constants_ids_and_other_mailboxes_are_proposed_and_secrets_never() -> None:
    ids = "2c92c0f8" * 4, "8ad08c85" * 4
    one = export(
        {"a": f"GlobalConstants.X {ids[0]}", "to": "qa@example.com", "password": "p@a.example"}
    )
    two = export(
        {"a": f"GlobalConstants.Y {ids[1]}", "to": "ar@example.com", "password": "q@b.example"}
    )

    assert set(hints_of(diff(one, two))) == {
        Hint("constant", "X", "Y"),
        Hint("id", *ids),
        Hint("email", "qa@example.com", "ar@example.com"),
    }


def test_prefixes_that_pair_several_names_are_proposed() -> None:
    source = ["SB - Dunning", "SB - Renewal", "Other"]
    target = ["Dunning", "Renewal", "thing"]

    assert prefix_hints(source, target) == [(Hint("prefix", "SB - ", ""), 2)]
    assert prefix_hints(target, source) == [(Hint("prefix", "", "SB - "), 2)]


def test_every_proposed_kind_is_a_valid_rule() -> None:
    one = export({"url": "https://a.example:8080/", "to": "x@a.example", "c": "GlobalConstants.A"})
    two = export({"url": "https://b.example:8081/", "to": "y@a.example", "c": "GlobalConstants.B"})

    hints = list(hints_of(diff(one, two)))

    assert {hint.kind for hint in hints} == {"host", "email", "constant"}
    assert left(one, two, *(checked(*hint) for hint in hints)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_is_cleaned_and_turned_around(kind: Kind) -> None:
    texts = {"email": ("a@x", "b@x"), "schedule": ("", ""), "path": ("workflow.x", "")}
    rule = checked(kind, *(f" {text} " if text else "" for text in texts.get(kind, ("a", "b"))))

    assert rule.turned.turned == rule
    assert not rule.source.startswith(" ")


@pytest.mark.parametrize("text", ["\n", "a\nb", "\x1b[2J", "\u202e", "x" * 501])
def test_texts_that_cannot_be_shown_are_refused(text: str) -> None:
    with pytest.raises(InvalidRuleError):
        checked("text", f"a{text}b", "c")


def test_similar_workflows_are_found_by_name_or_by_tasks() -> None:
    one = Workflow("1", "Dunning run")
    others = [Workflow("2", "Run dunning"), Workflow("3", "Sollecito"), Workflow("4", "Invoices")]
    tasks = Counter(["Get", "Send", "Send"])

    found = candidates(one, others, {"1": tasks}, {"3": tasks, "4": Counter(["Get"])})

    assert [candidate.workflow.key for candidate in found] == ["2", "3"]
    assert candidates(one, [others[2]], {}, {}) == []
    assert candidates(one, [], {}, {}) == []
