"""One graph of two exports: the newer one's, with what was removed as ghosts, and marks.

Pure. Names and labels are masked as in a diff.
"""

from typing import Any, Literal

from workflow_mirror.history.diff import Diff, EdgeChange, EdgeEnd
from workflow_mirror.history.diff.anchors import task_anchor
from workflow_mirror.workflows.graph import (
    WORKFLOW,
    Edge,
    Graph,
    Next,
    Node,
    read_graph,
    task_node_id,
)
from workflow_mirror.workflows.secrets import masked

Mark = Literal["added", "removed", "changed", "moved", "same"]


class MarkedNode(Node):
    """`anchor` is that of the task's change; empty where there is none."""

    change: Mark
    anchor: str


class MarkedEdge(Edge):
    change: Mark


def overlay(before: Any, after: Any, found: Diff) -> Graph:
    """Nodes are `MarkedNode`, edges `MarkedEdge`. Never raises, as `read_graph`."""
    graph, older = read_graph(after), read_graph(before)
    nodes = _of_both(graph, found) | _ghosts(older, found)
    edges = _edges(graph, found)
    for number, edge in enumerate(one for one in found.edges if one.change == "removed"):
        edges.append(_removed_edge(number, edge, older, nodes))
    return {**graph, "nodes": list(nodes.values()), "edges": list(edges)}


def _of_both(graph: Graph, found: Diff) -> dict[str, MarkedNode]:
    changes = {task_node_id(str(task.after.id)): task for task in found.tasks if task.after}
    nodes: dict[str, MarkedNode] = {}
    for node in graph["nodes"]:
        task = changes.get(node["id"]) if node["role"] == "task" else None
        nodes[node["id"]] = _marked(
            node, task.change if task else "same", task_anchor(task) if task else ""
        )
    return nodes


def _ghosts(older: Graph, found: Diff) -> dict[str, MarkedNode]:
    known = {node["id"]: node for node in older["nodes"]}
    return {
        _ghost_id(str(task.before.id)): {
            **_marked(known[task_node_id(str(task.before.id))], "removed", task_anchor(task)),
            "id": _ghost_id(str(task.before.id)),
        }
        for task in found.tasks
        if task.change == "removed" and task.before
    }


def _marked(node: Node, change: Mark, anchor: str) -> MarkedNode:
    marked = MarkedNode(**node, change=change, anchor=anchor)
    marked["name"] = masked(node["name"])
    marked["next"] = [
        Next(label=masked(one["label"]), id=one["id"], name=masked(one["name"]))
        for one in node["next"]
    ]
    return marked


def _edges(graph: Graph, found: Diff) -> list[MarkedEdge]:
    added = {
        (_place(edge.source), _place(edge.target), edge.type)
        for edge in found.edges
        if edge.change == "added"
    }
    return [_marked_edge(edge, added) for edge in graph["edges"]]


def _marked_edge(edge: Edge, added: set[tuple[str, str, str]]) -> MarkedEdge:
    label = masked(edge["label"])
    is_new = (edge["source"], edge["target"], label) in added
    marked = MarkedEdge(**edge, change="added" if is_new else "same")
    marked["label"] = label
    return marked


def _removed_edge(
    number: int, edge: EdgeChange, older: Graph, nodes: dict[str, MarkedNode]
) -> MarkedEdge:
    """Also adds the node that it leads from or to, if that is no task and not in the graph."""
    for end in (edge.source, edge.target):
        if _place(end) not in nodes:
            nodes[_place(end)] = _other_node(end, older)
    return MarkedEdge(
        id=f"removed-edge-{number}",
        source=_place(edge.source),
        target=_place(edge.target),
        label=edge.type,
        count=1,
        in_cycle=False,
        change="removed",
    )


def _other_node(end: EdgeEnd | None, older: Graph) -> MarkedNode:
    """The workflow itself, or a missing task, of the older graph."""
    if end is None:
        [node] = [one for one in older["nodes"] if one["id"] == WORKFLOW]
        return _marked(node, "same", "")
    [node] = [one for one in older["nodes"] if one["id"] == task_node_id(str(end.before))]
    return {**_marked(node, "removed", ""), "id": _place(end)}


def _place(end: EdgeEnd | None) -> str:
    """The node of one end of an edge."""
    if end is None:
        return WORKFLOW
    if end.after is not None:
        return task_node_id(str(end.after))
    return f"missing-{end.before}" if end.is_missing else _ghost_id(str(end.before))


def _ghost_id(task_id: str) -> str:
    """Never that of a task in the newer graph."""
    return f"removed-{task_id}"
