import json
import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.fake_zuora.exports import NEWER_TYPES, Recipe, generate

EDGES = {
    "If": r"True|False|Failure",
    "Iterate": r"For Each|Complete|Failure",
    "Logic::Case": r"Case_\d|Case_Else|Failure",
    "Approval": r"Approve|Reject|Failure",
}


@pytest.fixture
def tenant() -> Tenant:
    return FakeZuora().add_tenant("acme", dialect="newer")


def exports_of(tenant: Tenant) -> list[dict[str, Any]]:
    return [tenant.export(definition_id) for definition_id in tenant.definitions]


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**31), tasks=st.integers(1, 80), newer=st.booleans())
def test_every_export_hangs_together(seed: int, tasks: int, *, newer: bool) -> None:
    made, linkages = generate(Recipe(seed, tasks, 900, 104, newer=newer))

    assert [task["id"] for task in made] == list(range(900, 900 + tasks))
    by_id = {task["id"]: task for task in made}
    entries = [edge for edge in linkages if edge["source_workflow_id"] is not None]
    assert entries == [
        {
            "source_workflow_id": 104,
            "source_task_id": None,
            "target_task_id": 900,
            "linkage_type": "Start",
        }
    ]
    for edge in linkages:
        assert edge["target_task_id"] in by_id
        if edge["source_task_id"] is not None:
            source = by_id[edge["source_task_id"]]
            allowed = EDGES.get(source["action_type"], r"Success|Failure")
            assert re.fullmatch(allowed, edge["linkage_type"])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), tasks=st.integers(1, 60))
def test_every_task_is_reached_and_names_its_parent(seed: int, tasks: int) -> None:
    made, linkages = generate(Recipe(seed, tasks, 900, 104))

    edges = {(edge["source_task_id"], edge["target_task_id"]) for edge in linkages}
    assert all((task["task_id"], task["id"]) in edges for task in made)
    assert [task["task_id"] for task in made].count(None) == 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), tasks=st.integers(1, 60))
def test_case_edges_match_the_conditions(seed: int, tasks: int) -> None:
    made, linkages = generate(Recipe(seed, tasks, 900, 104))

    for task in made:
        if task["action_type"] == "Logic::Case":
            conditions = set(task["parameters"]["case_condition"])
            leaving = {e["linkage_type"] for e in linkages if e["source_task_id"] == task["id"]}
            assert leaving <= conditions | {"Case_Else", "Failure"}
            assert conditions == {f"Case_{n + 1}" for n in range(len(conditions))}


def test_no_edge_of_a_task_is_used_twice() -> None:
    for seed in range(50):
        _, linkages = generate(Recipe(seed, 40, 900, 104))
        leaving = Counter((e["source_task_id"], e["linkage_type"]) for e in linkages)
        assert leaving.most_common(1)[0][1] == 1


def test_twenty_tasks_show_a_loop_a_fork_and_a_case(tenant: Tenant) -> None:
    tenant.generate(10, tasks=20)

    for export in exports_of(tenant):
        assert {"Iterate", "If", "Logic::Case", "Callout", "Email"} <= {
            task["action_type"] for task in export["tasks"]
        }
        assert {"Start", "Success", "For Each", "True", "Case_1"} <= {
            edge["linkage_type"] for edge in export["linkages"]
        }
    edges = {edge["linkage_type"] for e in exports_of(tenant) for edge in e["linkages"]}
    assert {"Complete", "False", "Case_2", "Case_Else", "Failure"} <= edges
    types = Counter(t["action_type"] for e in exports_of(tenant) for t in e["tasks"])
    assert len(types) > 15


def test_the_documented_dialect_uses_no_newer_type() -> None:
    documented = FakeZuora().add_tenant("acme", dialect="documented")
    documented.generate(30)

    used = {task["action_type"] for export in exports_of(documented) for task in export["tasks"]}

    assert not used & NEWER_TYPES


def test_one_workflow_in_twenty_has_an_email_of_thirty_kilobytes(tenant: Tenant) -> None:
    tenant.generate(40)

    templates = [
        [len(json.dumps(task["parameters"], ensure_ascii=False)) for task in export["tasks"]]
        for export in exports_of(tenant)
    ]

    assert sum(max(sizes) > 28_000 for sizes in templates) == 2


def test_an_export_of_twenty_tasks_is_of_believable_size(tenant: Tenant) -> None:
    tenant.generate(40)

    sizes = sorted(len(tenant.export_body(n).plain) for n in tenant.definitions)

    assert sizes[0] > 15_000
    assert sum(sizes) / len(sizes) < 40_000
    assert sizes[-1] > 45_000


def test_the_same_seed_gives_the_same_documents() -> None:
    one, other = (FakeZuora().add_tenant("acme") for _ in range(2))
    one.generate(25, seed=7)
    other.generate(25, seed=7)

    assert exports_of(one) == exports_of(other)
    assert [one.row(n) for n in one.definitions] == [other.row(n) for n in other.definitions]


def test_another_seed_gives_other_documents() -> None:
    one, other = (FakeZuora().add_tenant("acme") for _ in range(2))
    one.generate(3, seed=7)
    other.generate(3, seed=8)

    assert all(a != b for a, b in zip(exports_of(one), exports_of(other), strict=True))


def test_names_are_unique_and_some_have_accents(tenant: Tenant) -> None:
    tenant.generate(500, tasks=1)

    names = [definition.name for definition in tenant.definitions.values()]

    assert len(set(names)) == 500
    assert any("à" in name or "é" in name for name in names)


def test_task_ids_are_unique_within_a_tenant(tenant: Tenant) -> None:
    tenant.generate(10, tasks=5)

    ids = [task["id"] for export in exports_of(tenant) for task in export["tasks"]]

    assert all(later > earlier for earlier, later in pairwise(ids))


def test_texts_hold_liquid_sql_and_crlf(tenant: Tenant) -> None:
    tenant.generate(10)

    text = "".join(json.dumps(export["tasks"]) for export in exports_of(tenant))

    assert "{{" in text
    assert "SELECT a.accountnumber" in text
    assert "\\r\\n" in text
