"""Comparing two customers from the mirror: states, rules, links, the cache and the scope."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.integration.compare.conftest import MakeWorkflow, make_customer
from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.compare import cache
from workflow_mirror.compare.agreements import (
    add_rule,
    link,
    links_in,
    remove_rule,
    rules_in,
    set_template,
    unlink,
)
from workflow_mirror.compare.errors import (
    DuplicateRuleError,
    InvalidRuleError,
    LinkTakenError,
    NotAPairError,
    SameCustomerError,
)
from workflow_mirror.compare.models import ComparedExports
from workflow_mirror.compare.result import SAME, Outcome, as_json
from workflow_mirror.compare.service import Comparison, compare_missing, comparison
from workflow_mirror.compare.templates import template_states
from workflow_mirror.customers.errors import UnknownCustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow


def compared(source: Customer, target: Customer, **options: Any) -> Comparison:
    found = comparison(EVERYTHING, source.pk, target.pk, **options)
    compare_missing(EVERYTHING, found)
    return found


def states(source: Customer, target: Customer) -> dict[str, str | None]:
    return {row.name: row.status for row in compared(source, target).rows(source.pk)}


def rule(source: Customer, target: Customer, kind: str, one: str = "", two: str = "") -> None:
    add_rule(
        EVERYTHING,
        source=source.pk,
        target=target.pk,
        kind=kind,
        source_text=one,
        target_text=two,
        by="ada",
    )


def test_every_state_is_told(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    for customer in (source, target):
        make_workflow(customer, "same")
        make_workflow(customer, "different", url=f"https://{customer.pk}.example")
        make_workflow(customer, "twice")
    make_workflow(target, "twice")
    make_workflow(source, "only here")
    make_workflow(target, "only there")
    gone = make_workflow(target, "only here")
    Workflow.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())

    assert states(source, target) == {
        "same": "same",
        "different": "different",
        "twice": "ambiguous",
        "only here": "only_in_source",
        "only there": "only_in_target",
    }
    summary = as_json("a", "b", compared(source, target).rows(source.pk))["summary"]
    assert summary == {
        "same": 1,
        "different": 1,
        "only_in_source": 1,
        "only_in_target": 1,
        "ambiguous": 3,
    }


def test_the_other_direction_is_the_mirror_image_and_compares_nothing_again(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a")
    make_workflow(target, "a", url="https://other.example")
    make_workflow(source, "b")
    forth = compared(source, target).rows(source.pk)

    back = comparison(EVERYTHING, target.pk, source.pk)

    assert back.missing() == []
    assert [row.mirrored for row in back.rows(target.pk)] == forth


def test_a_customer_is_the_same_as_itself_even_with_a_name_twice(
    source: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a")
    make_workflow(source, "a")
    Workflow.objects.create(customer=source, zuora_id="1", name="never exported")

    assert {row.status for row in compared(source, source).rows(source.pk)} == {SAME}


def test_a_rule_turns_a_difference_into_an_expected_one_in_both_directions(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a", url="https://api.sandbox.example.com/v1?at=example.com")
    make_workflow(target, "a", url="https://api.example.com/v1?at=example.com")
    assert states(source, target) == {"a": "different"}

    rule(source, target, "host", "sandbox.example.com", "example.com")

    for one, two in ((source, target), (target, source)):
        [row] = compared(one, two).rows(one.pk)
        assert row.status == "same"
        assert row.outcome is not None
        assert row.outcome.expected == 1


def test_a_rule_does_not_hold_the_other_way_round(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    """Production that calls the sandbox is what one wants to see."""
    make_workflow(source, "a", url="https://example.com/v1")
    make_workflow(target, "a", url="https://sandbox.example.com/v1")
    rule(source, target, "host", "sandbox.example.com", "example.com")

    assert states(source, target) == {"a": "different"}


def test_another_secret_is_covered_by_a_path_alone(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a")
    other = make_workflow(target, "a")
    assert other.json_export is not None
    other.json_export["tasks"][0]["parameters"]["token"] = "b-secret-value"
    other.sync_tasks_from_json()
    rule(source, target, "text", "a-secret-value", "b-secret-value")
    assert states(source, target) == {"a": "different"}

    rule(source, target, "path", "tasks.parameters.token")

    assert states(source, target) == {"a": "same"}
    assert "secret-value" not in str(ComparedExports.objects.values_list("outcome"))


def test_a_prefix_pairs_names_and_covers_their_difference(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "SB - Dunning")
    make_workflow(target, "Dunning")
    assert set(states(source, target).values()) == {"only_in_source", "only_in_target"}

    rule(source, target, "prefix", "SB - ", "")

    assert states(source, target) == {"SB - Dunning": "same"}
    assert states(target, source) == {"Dunning": "same"}


def test_a_link_pairs_what_names_do_not_and_outlives_a_rename(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    one, two = make_workflow(source, "Dunning"), make_workflow(target, "Sollecito")
    third = make_workflow(target, "Dunning")
    link(EVERYTHING, one, two, "ada")
    rule(source, target, "path", "workflow.name")

    rows = compared(source, target).rows(source.pk)
    assert [(row.source and row.source.id, row.target and row.target.id) for row in rows] == [
        (None, third.pk),
        (one.pk, two.pk),
    ]
    Workflow.objects.filter(pk=two.pk).update(name="Renamed")
    rows = compared(source, target).rows(source.pk)
    assert (one.pk, two.pk) in [(r.source and r.source.id, r.target and r.target.id) for r in rows]


def test_a_workflow_without_export_is_different_and_says_why(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a")
    Workflow.objects.create(customer=target, zuora_id="1", name="a")

    document = as_json("a", "b", compared(source, target).rows(source.pk))

    [row] = document["workflows"]
    assert row["status"] == "different"
    assert row["text"] == "Not compared: a workflow has no export yet"


# --- The cache


def test_a_second_look_reads_no_document_and_compares_nothing(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    for number in range(5):
        make_workflow(source, f"w{number}")
        make_workflow(target, f"w{number}")
    compared(source, target)

    with CaptureQueriesContext(connection) as asked:
        found = compared(source, target)

    assert found.missing() == []
    assert "json_export" not in str(asked.captured_queries)
    assert len(asked) <= 6


def test_another_content_or_rule_is_compared_again_and_an_old_one_is_known(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    one = make_workflow(source, "a")
    make_workflow(target, "a")
    assert states(source, target) == {"a": "same"}
    assert one.json_export is not None
    before = dict(one.json_export)
    one.json_export = before | {"linkages": []}
    one.sync_tasks_from_json()
    assert len(comparison(EVERYTHING, source.pk, target.pk).missing()) == 1
    assert states(source, target) == {"a": "different"}

    one.json_export = before
    one.sync_tasks_from_json()

    assert comparison(EVERYTHING, source.pk, target.pk).missing() == []
    assert states(source, target) == {"a": "same"}
    rule(source, target, "schedule")
    assert len(comparison(EVERYTHING, source.pk, target.pk).missing()) == 1


def test_results_that_nobody_uses_are_deleted_and_used_ones_stay(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a")
    make_workflow(target, "a")
    compared(source, target)
    long_ago = timezone.now().date() - timedelta(days=cache.DAYS_UNUSED + 1)
    cache.store({"unused": Outcome()})
    ComparedExports.objects.update(used_on=long_ago)
    comparison(EVERYTHING, source.pk, target.pk)

    assert cache.prune() == 1
    assert comparison(EVERYTHING, source.pk, target.pk).missing() == []


def test_the_cache_is_bounded(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 2)
    cache.store({str(number): Outcome() for number in range(3)})
    ComparedExports.objects.filter(key="0").update(
        used_on=timezone.now().date() - timedelta(days=1)
    )

    assert cache.prune() == 1
    assert set(ComparedExports.objects.values_list("key", flat=True)) == {"1", "2"}


def test_what_is_too_large_for_a_request_waits_for_a_job(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "a")
    make_workflow(target, "a")
    found = comparison(EVERYTHING, source.pk, target.pk)

    compare_missing(EVERYTHING, found, seconds=1, largest=10)
    assert len(found.missing()) == 1
    compare_missing(EVERYTHING, found, largest=10)

    [row] = found.rows(source.pk)
    assert (row.status, row.outcome and row.outcome.problem) == ("different", "too_large")


# --- The scope


def test_nothing_is_settled_or_seen_outside_of_the_scope(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    limited = Scope((source.pk,))
    one, two = make_workflow(source, "a"), make_workflow(target, "b")
    rule(source, target, "schedule")
    link(EVERYTHING, one, two, "ada")
    set_template(EVERYTHING, source.pk, target.pk)

    assert not rules_in(limited).exists()
    assert not links_in(limited).exists()
    assert template_states(limited, [source.pk], "ada") == {}
    assert template_states(EVERYTHING, [source.pk], "ada")[source.pk].differing == 1
    with pytest.raises(UnknownCustomerError):
        add_rule(
            limited,
            source=source.pk,
            target=target.pk,
            kind="schedule",
            source_text="",
            target_text="",
            by="",
        )
    with pytest.raises(NotAPairError):
        link(limited, one, two, "ada")
    with pytest.raises(UnknownCustomerError):
        set_template(limited, source.pk, target.pk)
    set_template(limited, source.pk, None)
    assert template_states(EVERYTHING, [source.pk], "ada")


def test_a_template_state_follows_contents_names_rules_and_links(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    one = make_workflow(source, "a", url="https://sandbox.example.com/v1")
    two = make_workflow(target, "a")
    set_template(EVERYTHING, target.pk, source.pk)

    def state() -> dict[str, int] | None:
        return template_states(EVERYTHING, [target.pk], "ada")[target.pk].counts

    def differing() -> int:
        return template_states(EVERYTHING, [target.pk], "ada")[target.pk].differing

    assert differing() == 1
    rule(source, target, "host", "sandbox.example.com", "example.com")
    assert differing() == 0
    Workflow.objects.filter(pk=two.pk).update(name="b")
    assert state() == {
        "same": 0,
        "different": 0,
        "only_in_source": 1,
        "only_in_target": 1,
        "ambiguous": 0,
    }
    link(EVERYTHING, one, two, "ada")
    assert differing() == 0
    make_workflow(source, "new")
    assert (state() or {})["only_in_source"] == 1
    with CaptureQueriesContext(connection) as asked:
        differing()
    assert "json_export" not in str(asked.captured_queries)


# --- Refused


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        ("unknown", "a", "b"),
        ("host", "a", ""),
        ("host", "a b", "c"),
        ("host", "a\x1b[2J", "c"),
        ("email", "nobody", "somebody"),
        ("text", "same", "same"),
        ("text", "x" * 501, "y"),
        ("prefix", "", ""),
        ("path", "*", ""),
        ("path", "", ""),
    ],
)
def test_an_invalid_rule_is_refused(
    source: Customer, target: Customer, kind: str, one: str, two: str
) -> None:
    with pytest.raises(InvalidRuleError):
        rule(source, target, kind, one, two)


def test_a_rule_twice_a_second_link_and_one_customer_are_refused(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    rule(source, target, "text", "a", "b")
    with pytest.raises(DuplicateRuleError):
        rule(target, source, "text", "b", "a")
    with pytest.raises(SameCustomerError):
        rule(source, source, "text", "a", "b")
    with pytest.raises(SameCustomerError):
        set_template(EVERYTHING, source.pk, source.pk)
    one, two = make_workflow(source, "a"), make_workflow(target, "a")
    third = make_workflow(make_customer("third"), "a")
    link(EVERYTHING, one, two, "ada")
    link(EVERYTHING, one, two, "ada")
    with pytest.raises(LinkTakenError):
        link(EVERYTHING, one, make_workflow(target, "b"), "ada")
    with pytest.raises(SameCustomerError):
        link(EVERYTHING, one, make_workflow(source, "c"), "ada")
    link(EVERYTHING, one, third, "ada")


def test_what_is_settled_is_in_the_audit_log_without_secrets(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    rule(source, target, "text", "password=hunter2", "b")
    found = link(EVERYTHING, make_workflow(source, "a"), make_workflow(target, "b"), "ada")
    set_template(EVERYTHING, source.pk, target.pk)
    set_template(EVERYTHING, source.pk, None)
    unlink(found)
    remove_rule(rules_in(EVERYTHING).get())

    events = AuditEvent.objects.order_by("pk").values_list("action", "target", "details")

    assert [(action, of) for action, of, _ in events] == [
        ("rule_added", "Rossi sandbox / Rossi"),
        ("workflows_linked", "Rossi sandbox / Rossi"),
        ("template_set", "Rossi sandbox"),
        ("template_removed", "Rossi sandbox"),
        ("workflows_unlinked", "Rossi sandbox / Rossi"),
        ("rule_removed", "Rossi sandbox / Rossi"),
    ]
    assert "hunter2" not in str(list(events))
    assert not rules_in(EVERYTHING).exists()
    assert not links_in(EVERYTHING).exists()


def test_a_secret_in_a_name_is_shown_nowhere_and_still_told_apart(
    source: Customer, target: Customer, make_workflow: MakeWorkflow
) -> None:
    make_workflow(source, "Call with password=hunter2")
    make_workflow(target, "Call with password=hunter3")

    rows = compared(source, target).rows(source.pk)

    assert {row.status for row in rows} == {"only_in_source", "only_in_target"}
    assert "hunter" not in str(as_json("a", "b", rows))
