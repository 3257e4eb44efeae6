"""The graph says what the export says: nothing invented, nothing dropped, whatever its shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.workflows.graph import Edge, Graph, Node, read_graph

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
REFERENCE = st.integers(0, 3) | st.sampled_from(["0", " 1", ""]) | JSON
TASK = st.fixed_dictionaries(
    {},
    optional={
        "id": REFERENCE,
        "name": JSON,
        "action_type": JSON,
        "css": JSON | st.fixed_dictionaries({"top": JSON, "left": JSON}),
    },
)
LINKAGE = st.fixed_dictionaries(
    {},
    optional={
        "source_workflow_id": REFERENCE,
        "source_task_id": REFERENCE,
        "target_task_id": REFERENCE,
        "linkage_type": JSON,
    },
)
ODD_DOCUMENT = JSON | st.fixed_dictionaries(
    {},
    optional={
        "workflow": JSON,
        "tasks": JSON | st.lists(TASK | JSON, max_size=5),
        "linkages": JSON | st.lists(LINKAGE | JSON, max_size=6),
    },
)


def task(task_id: Any, action_type: str = "Query", **more: Any) -> dict[str, Any]:
    return {"id": task_id, "name": f"Task {task_id}", "action_type": action_type, **more}


def start(target: Any, label: str = "Start") -> dict[str, Any]:
    return {"source_workflow_id": 9, "target_task_id": target, "linkage_type": label}


def link(source: Any, target: Any, label: Any = "Success") -> dict[str, Any]:
    return {"source_task_id": source, "target_task_id": target, "linkage_type": label}


def document(tasks: list[Any], *linkages: Any) -> dict[str, Any]:
    return {"workflow": {"id": 9, "name": "Dunning"}, "tasks": tasks, "linkages": list(linkages)}


def node(graph: Graph, node_id: str) -> Node:
    [found] = [node for node in graph["nodes"] if node["id"] == node_id]
    return found


def only_edge(graph: Graph) -> Edge:
    [edge] = graph["edges"]
    return edge


def test_a_task_is_a_node_with_its_family_and_zuoras_position() -> None:
    css = {"top": "160px", "left": "-35.5px"}
    graph = read_graph(document([task(7, "Logic::Case", css=css)], start(7)))

    assert node(graph, "task-7") == {
        "id": "task-7",
        "role": "task",
        "task_id": "7",
        "name": "Task 7",
        "action_type": "Logic::Case",
        "family": "Logic",
        "kind": "logic",
        "position": {"x": -35.5, "y": 160.0},
        "is_entry": True,
        "is_end": True,
        "is_loose": False,
        "next": [],
    }
    assert graph["has_positions"]


def test_an_edge_has_its_linkage_type_as_label() -> None:
    graph = read_graph(document([task(1), task("2")], link("1", 2.0, "For Each")))

    assert only_edge(graph) == {
        "id": "edge-1",
        "source": "task-1",
        "target": "task-2",
        "label": "For Each",
        "count": 1,
        "in_cycle": False,
    }
    assert node(graph, "task-1")["next"] == [
        {"label": "For Each", "id": "task-2", "name": "Task 2"}
    ]


def test_the_workflow_is_a_node_where_edges_leave_it() -> None:
    graph = read_graph(document([task(1), task(2)], start(1), start(2, "Finish")))

    assert node(graph, "workflow")["name"] == "Dunning"
    assert [edge["label"] for edge in graph["edges"]] == ["Start", "Finish"]
    assert {edge["source"] for edge in graph["edges"]} == {"workflow"}
    assert graph["warnings"] == {}


def test_a_task_whose_id_is_workflow_is_not_the_workflow() -> None:
    graph = read_graph(document([task("workflow")], start("workflow")))

    assert [n["role"] for n in graph["nodes"]] == ["task", "workflow"]
    assert only_edge(graph)["target"] == "task-workflow"


def test_entry_end_and_loose_tasks_are_marked() -> None:
    tasks = [task(1), task(2), task(3)]
    graph = read_graph(document(tasks, start(1), link(1, 2)))

    marks = [(n["is_entry"], n["is_end"], n["is_loose"]) for n in graph["nodes"][:3]]
    assert marks == [(True, False, False), (False, True, False), (False, True, True)]
    assert graph["warnings"] == {"loose_tasks": 1}


def test_without_linkages_there_is_no_edge_and_no_mark() -> None:
    graph = read_graph(document([task(1), task(2)]))

    assert graph["edges"] == []
    assert [n["role"] for n in graph["nodes"]] == ["task", "task"]
    assert not any(n["is_entry"] or n["is_end"] or n["is_loose"] for n in graph["nodes"])
    assert graph["warnings"] == {"no_linkages": 1}


@pytest.mark.parametrize(
    ("linkage", "name"),
    [(link(1, 404), "404"), (link(404, 1), "404"), (link(1, None), ""), (link(None, 1), "")],
)
def test_an_edge_to_nowhere_leads_to_a_missing_node(linkage: Any, name: str) -> None:
    graph = read_graph(document([task(1)], linkage))

    assert [(n["role"], n["name"]) for n in graph["nodes"]] == [
        ("task", "Task 1"),
        ("missing", name),
    ]
    assert graph["warnings"]["missing_tasks"] == 1


def test_edges_in_a_cycle_are_marked_and_those_beside_it_are_not() -> None:
    edges = [start(1), link(1, 2), link(2, 3), link(3, 2, "Retry"), link(3, 4), link(4, 4)]
    graph = read_graph(document([task(n) for n in (1, 2, 3, 4)], *edges))

    assert [edge["in_cycle"] for edge in graph["edges"]] == [False, False, True, True, False, True]
    assert graph["warnings"] == {"cycles": 3}


def test_a_repeated_linkage_is_one_edge_with_its_count() -> None:
    graph = read_graph(document([task(1), task(2)], start(1), link(1, 2), link("1", "2")))

    assert [edge["count"] for edge in graph["edges"]] == [1, 2]
    assert graph["warnings"] == {"duplicate_linkages": 1}


def test_edges_that_differ_in_their_label_are_two() -> None:
    graph = read_graph(document([task(1), task(2)], link(1, 2), link(1, 2, "Failure")))

    assert [edge["label"] for edge in graph["edges"]] == ["Success", "Failure"]


def test_an_unknown_family_is_shown_as_it_is() -> None:
    graph = read_graph(document([task(1, "Brand::New")], start(1)))

    unknown = node(graph, "task-1")
    assert (unknown["action_type"], unknown["family"], unknown["kind"]) == (
        "Brand::New",
        "Brand",
        None,
    )
    assert graph["families"] == [{"kind": None, "names": ["Brand"]}]
    assert graph["warnings"] == {"unknown_families": 1}


def test_the_legend_names_the_families_that_are_there() -> None:
    tasks = [task(1, "Query"), task(2, "Data::Link"), task(3, "Email"), task(4, "Query")]
    graph = read_graph(document(tasks, start(1), start(2), start(3), start(4)))

    assert graph["families"] == [
        {"kind": "read", "names": ["Data", "Query"]},
        {"kind": "message", "names": ["Email"]},
    ]


@pytest.mark.parametrize(
    ("odd", "warnings"),
    [
        (None, {"nothing_exported": 1}),
        ({}, {"no_tasks": 1}),
        ([], {"no_tasks": 1}),
        ({"tasks": {}, "linkages": "x"}, {"no_tasks": 1}),
        ({"tasks": [], "linkages": [5, None]}, {"no_tasks": 1, "unreadable_linkages": 2}),
    ],
)
def test_a_document_without_tasks_gives_an_empty_graph_that_says_so(
    odd: Any, warnings: dict[str, int]
) -> None:
    graph = read_graph(odd)

    assert (graph["nodes"], graph["edges"]) == ([], [])
    assert graph["warnings"] == warnings


@pytest.mark.parametrize(
    "css",
    [
        None,
        "160px",
        {"top": "160px"},
        {"top": "1e400px", "left": "0px"},
        {"top": 1e300, "left": 0},
        {"top": float("nan"), "left": 0},
        {"top": True, "left": 0},
        {"top": "calc(1px)", "left": "0"},
        {"top": "9999999px", "left": "0"},
    ],
)
def test_a_position_that_makes_no_sense_is_none(css: Any) -> None:
    graph = read_graph(document([task(1, css=css)], start(1)))

    assert node(graph, "task-1")["position"] is None
    assert not graph["has_positions"]


def test_a_chain_of_thousands_is_read() -> None:
    tasks = [task(n) for n in range(5000)]
    chain = [link(n, n + 1) for n in range(4999)]

    assert len(read_graph(document(tasks, start(0), *chain))["edges"]) == 5000


def test_a_generated_export_has_every_task_and_no_trouble() -> None:
    tasks, linkages = generate(Recipe(seed=5, tasks=60, first_task_id=849, version_id=9))
    graph = read_graph({"workflow": {"id": 9}, "tasks": tasks, "linkages": linkages})

    assert len(graph["nodes"]) == 61
    assert len(graph["edges"]) == len(linkages)
    assert all(n["position"] for n in graph["nodes"] if n["role"] == "task")
    assert graph["warnings"] == {}


@given(ODD_DOCUMENT)
def test_any_document_gives_a_graph_that_hangs_together(odd: Any) -> None:
    graph = read_graph(odd)

    ids = [n["id"] for n in graph["nodes"]]
    assert len(set(ids)) == len(ids)
    assert {end for e in graph["edges"] for end in (e["source"], e["target"])} <= set(ids)
    assert len({e["id"] for e in graph["edges"]}) == len(graph["edges"])
    json.dumps(graph, allow_nan=False)


@given(st.lists(TASK | JSON, max_size=5), st.lists(LINKAGE | JSON, max_size=6))
def test_no_task_and_no_linkage_is_dropped_or_made_up(tasks: list[Any], links: list[Any]) -> None:
    graph = read_graph({"tasks": tasks, "linkages": links})

    assert sum(n["role"] == "task" for n in graph["nodes"]) == len(tasks)
    unreadable = graph["warnings"].get("unreadable_linkages", 0)
    assert sum(e["count"] for e in graph["edges"]) + unreadable == len(links)
