"""One graph of two exports: every task and link of both is there, and marked as the diff tells."""

import json
from typing import Any

from hypothesis import given

from tests.unit.history.made_exports import Export, exports
from workflow_mirror.history.diff import diff
from workflow_mirror.history.diff.anchors import edge_anchor, field_anchor, task_anchor
from workflow_mirror.history.overlay import overlay


def drawn(before: Any, after: Any) -> Any:
    return overlay(before, after, diff(before, after))


def a_task(id_: Any, name: str, **more: Any) -> Export:
    return {"id": id_, "name": name, "action_type": "Query", "parameters": {}, **more}


def link(source: Any, target: Any, type_: str = "Success") -> Export:
    return {"source_task_id": source, "target_task_id": target, "linkage_type": type_}


def marks(graph: Any) -> dict[str, str]:
    return {node["name"]: node["change"] for node in graph["nodes"]}


@given(exports(), exports())
def test_each_change_has_its_mark_and_each_edge_its_ends(before: Export, after: Export) -> None:
    found = diff(before, after)
    graph: Any = overlay(before, after, found)
    nodes = [node for node in graph["nodes"] if node["role"] == "task"]
    of = [node["change"] for node in nodes]

    assert len(nodes) == len(found.matches) + found.counts.added + found.counts.removed
    for change in ("added", "removed", "changed", "moved"):
        assert of.count(change) == getattr(found.counts, change)
    assert {node["anchor"] for node in nodes} - {""} == {task_anchor(task) for task in found.tasks}
    ids = [node["id"] for node in graph["nodes"]]
    assert len(set(ids)) == len(ids)
    assert {end for edge in graph["edges"] for end in (edge["source"], edge["target"])} <= set(ids)
    removed = [edge for edge in graph["edges"] if edge["change"] == "removed"]
    assert len(removed) == sum(edge.change == "removed" for edge in found.edges)
    has_new = any(edge["change"] == "added" for edge in graph["edges"])
    assert has_new == any(edge.change == "added" for edge in found.edges)


@given(exports())
def test_the_same_export_has_no_marks(export: Export) -> None:
    graph: Any = drawn(export, export)

    assert {one["change"] for one in graph["nodes"] + graph["edges"]} <= {"same"}


def test_a_ghost_never_takes_the_id_of_another_task() -> None:
    before = {"tasks": [a_task(1, "Old", code="x"), a_task(2, "Stays")], "linkages": [link(1, 2)]}
    new = a_task(1, "Quite another", action_type="Email", code="y")
    after = {"tasks": [new, a_task(2, "Stays")], "linkages": [link(2, 1)]}
    graph = drawn(before, after)

    assert marks(graph) == {"Quite another": "added", "Stays": "same", "Old": "removed"}
    edges = [(one["source"], one["target"], one["change"]) for one in graph["edges"]]
    assert edges == [("task-2", "task-1", "added"), ("removed-1", "task-2", "removed")]


def test_a_missing_task_of_the_older_export_is_no_task_of_the_newer_one() -> None:
    before = {"tasks": [a_task(1, "A")], "linkages": [link(1, 77)]}
    after = {"tasks": [a_task(1, "A"), a_task(77, "B")], "linkages": []}
    graph = drawn(before, after)

    assert [one["target"] for one in graph["edges"]] == ["missing-77"]
    assert marks(graph) == {"A": "same", "B": "added", "77": "removed"}


def test_the_workflow_itself_is_drawn_if_only_the_older_export_links_it() -> None:
    start = {"source_workflow_id": 9, "target_task_id": 1, "linkage_type": "Start"}
    graph = drawn({"tasks": [a_task(1, "A")], "linkages": [start]}, {"tasks": [a_task(1, "A")]})

    assert [(one["source"], one["change"]) for one in graph["edges"]] == [("workflow", "removed")]


def test_secrets_in_names_and_labels_are_masked() -> None:
    name = "Call https://ada:hunter2@erp.example.com"
    before = {"tasks": [a_task(1, name), a_task(2, "x")], "linkages": [link(1, 2, "pwd=hunter2")]}
    after = {"tasks": [a_task(5, name), a_task(6, "y")], "linkages": [link(5, 6, "pwd=hunter2")]}

    for graph in (drawn(before, after), drawn(after, {"tasks": []}), drawn(before, before)):
        assert "hunter2" not in json.dumps(graph)


def test_anchors_are_readable_safe_and_the_same_each_time() -> None:
    before = {"tasks": [a_task(12, "A", parameters={"q": 1}), a_task("<b> ", "Gone")]}
    after = {
        "tasks": [a_task(112, "A", parameters={"q": 2}), a_task(113, "New")],
        "linkages": [link(112, 113)],
    }
    found, again = diff(before, after), diff(before, after)
    by_name = {task.name: task_anchor(task) for task in found.tasks}

    assert by_name["A"] == "task-12-112"
    assert by_name["New"] == "task-none-113"
    assert by_name["Gone"].removeprefix("task-").removesuffix("-none").isalnum()
    assert list(by_name.values()) == [task_anchor(task) for task in again.tasks]
    assert field_anchor("settings", "a b<c").removeprefix("settings-").isalnum()
    [edge] = found.edges
    assert edge_anchor(edge) == edge_anchor(again.edges[0])
