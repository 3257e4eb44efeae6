"""The graph that an export describes: nodes, edges and warnings, ready for JSON.

Source: API.md section 4. Nothing is added and nothing dropped: edges to missing tasks lead to a
node of role `missing`, and a document of any shape yields a graph. Secrets in names are masked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict

from workflow_mirror.exact_json import text_of
from workflow_mirror.workflows.export_warnings import GraphWarning
from workflow_mirror.workflows.extraction import ExtractedTask, extract_tasks
from workflow_mirror.workflows.linkages import read_linkage
from workflow_mirror.workflows.positions import Position, read_position
from workflow_mirror.workflows.secrets import masked

Kind = Literal[
    "flow", "logic", "read", "write", "billing", "callout", "message", "file", "page", "usage"
]
"""Task families that are drawn alike."""
Role = Literal["workflow", "task", "missing"]

WORKFLOW = "workflow"
_FAMILIES: dict[Kind, tuple[str, ...]] = {
    "flow": ("Approval", "Delay", "Execute", "If", "Iterate"),
    "logic": ("Logic", "Script"),
    "read": ("Data", "Export", "GraphQuery", "Query", "Reporting"),
    "write": ("Create", "CustomObject", "Delete", "Update"),
    "billing": (
        "Billing", "Cancel", "InvoiceGenerate", "NewProduct", "Payment", "RemoveProduct", "Resume",
        "Suspend", "WriteOff",
    ),
    "callout": ("AsynchronousCallout", "Callout"),
    "message": ("Email", "Notifications"),
    "file": ("Attachment", "Download", "File", "Upload"),
    "page": ("UI",),
    "usage": ("Mediation", "Usage", "UsageMediation"),
}  # fmt: skip
_KIND_OF_FAMILY = {family: kind for kind, families in _FAMILIES.items() for family in families}


class Next(TypedDict):
    """The target of an edge: the label, and the node's ID and name."""

    label: str
    id: str
    name: str


class Node(TypedDict):
    """`task_id` is the ID under which the task is stored; empty unless the role is `task`.

    The name of a `missing` node is the ID in the edge, which may be empty. `is_end` means that no
    edge leaves the node, `is_loose` that none leads to it; both are false if there are no edges.
    """

    id: str
    role: Role
    task_id: str
    name: str
    action_type: str
    family: str
    kind: Kind | None
    position: Position | None
    is_entry: bool
    is_end: bool
    is_loose: bool
    next: list[Next]


class Edge(TypedDict):
    """`count` is above 1 if the export repeats a linkage."""

    id: str
    source: str
    target: str
    label: str
    count: int
    in_cycle: bool


class Family(TypedDict):
    """A legend entry: all task families of this kind in the workflow."""

    kind: Kind | None
    names: list[str]


class Graph(TypedDict):
    """`warnings` maps each code that applies to its number of occurrences."""

    nodes: list[Node]
    edges: list[Edge]
    families: list[Family]
    warnings: dict[GraphWarning, int]
    has_positions: bool


class _Link(NamedTuple):
    source: str
    target: str
    label: str


def read_graph(document: Any) -> Graph:
    """The graph of an export; never raises, since documents are untrusted input."""
    content = document if isinstance(document, dict) else {}
    tasks = _task_nodes(content)
    linkages = content.get("linkages")
    entries = linkages if isinstance(linkages, list) else []
    links = Counter(_link(entry) for entry in entries if isinstance(entry, dict))
    nodes = _with_others(tasks, links, content)
    edges = _edges(links)
    _mark(nodes, edges)
    graph = Graph(
        nodes=list(nodes.values()),
        edges=edges,
        families=_legend(tasks.values()),
        warnings={},
        has_positions=any(node["position"] for node in tasks.values()),
    )
    unreadable = len(entries) - links.total()
    graph["warnings"] = _warnings(document, graph, unreadable)
    return graph


def _task_nodes(content: Mapping[str, Any]) -> dict[str, Node]:
    entries = content.get("tasks")
    return {
        (node_id := task_node_id(task.zuora_id)): _task_node(node_id, task, read_position(entry))
        for task, entry in zip(
            extract_tasks(content) or (), entries if isinstance(entries, list) else (), strict=True
        )
    }


def _task_node(node_id: str, task: ExtractedTask, position: Position | None) -> Node:
    node = _node(node_id, "task", task.name, position)
    node["task_id"] = task.zuora_id
    node["action_type"] = task.action_type
    node["family"] = task.task_type
    node["kind"] = _KIND_OF_FAMILY.get(task.task_type)
    return node


def _node(node_id: str, role: Role, name: str, position: Position | None = None) -> Node:
    return Node(
        id=node_id,
        role=role,
        task_id="",
        name=masked(name),
        action_type="",
        family="",
        kind=None,
        position=position,
        is_entry=False,
        is_end=False,
        is_loose=False,
        next=[],
    )


def task_node_id(task_id: str) -> str:
    """Never equal to the ID of the workflow's node, whatever the task's ID is."""
    return f"task-{task_id}"


def _link(entry: Mapping[str, Any]) -> _Link:
    linkage = read_linkage(entry)
    source = WORKFLOW if linkage.source is None else task_node_id(linkage.source)
    return _Link(source, task_node_id(linkage.target), linkage.type)


def _with_others(
    tasks: dict[str, Node], links: Iterable[_Link], content: Mapping[str, Any]
) -> dict[str, Node]:
    """The tasks plus the other nodes that edges name: the workflow itself and missing tasks."""
    nodes = dict(tasks)
    for node_id in [end for link in links for end in (link.source, link.target)]:
        if node_id == WORKFLOW:
            workflow = content.get("workflow")
            name = text_of(workflow.get("name")) if isinstance(workflow, dict) else ""
            nodes[WORKFLOW] = _node(WORKFLOW, "workflow", name, read_position(workflow))
        elif node_id not in nodes:
            nodes[node_id] = _node(node_id, "missing", node_id.removeprefix(task_node_id("")))
    return nodes


def _edges(links: Mapping[_Link, int]) -> list[Edge]:
    circular = _circular(links)
    return [
        Edge(
            id=f"edge-{number}",
            source=link.source,
            target=link.target,
            label=masked(link.label),
            count=count,
            in_cycle=link in circular,
        )
        for number, (link, count) in enumerate(links.items(), start=1)
    ]


def _mark(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> None:
    reached, left = set(), set()
    for edge in edges:
        source, target = nodes[edge["source"]], nodes[edge["target"]]
        source["next"].append(Next(label=edge["label"], id=target["id"], name=target["name"]))
        target["is_entry"] |= source["role"] == "workflow" and target["role"] == "task"
        reached.add(edge["target"])
        left.add(edge["source"])
    for node in nodes.values():
        if node["role"] == "task" and reached:
            node["is_end"] = node["id"] not in left
            node["is_loose"] = node["id"] not in reached


def _circular(links: Iterable[_Link]) -> set[_Link]:
    """The links inside a cycle: links whose two ends can reach each other (Kosaraju).

    Iterative, not recursive: chains of thousands of nodes work.
    """
    forward: dict[str, list[str]] = defaultdict(list)
    backward: dict[str, list[str]] = defaultdict(list)
    for link in links:
        forward[link.source].append(link.target)
        backward[link.target].append(link.source)
    component: dict[str, str] = {}
    for root in reversed(_finishing_order(forward)):
        pending = [root]
        while pending:
            node = pending.pop()
            if node not in component:
                component[node] = root
                pending.extend(backward.get(node, ()))
    return {link for link in links if component[link.source] == component[link.target]}


def _finishing_order(successors: Mapping[str, list[str]]) -> list[str]:
    seen: set[str] = set()
    order: list[str] = []
    for root in successors:
        pending = [(root, False)]
        while pending:
            node, done = pending.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                pending.append((node, True))
                pending.extend((child, False) for child in successors.get(node, ()))
    return order


def _legend(tasks: Iterable[Node]) -> list[Family]:
    names: dict[Kind | None, set[str]] = defaultdict(set)
    for node in tasks:
        names[node["kind"]].add(node["family"])
    order: list[Kind | None] = [*_FAMILIES, None]
    return [Family(kind=kind, names=sorted(names[kind])) for kind in order if kind in names]


def _warnings(document: Any, graph: Graph, unreadable: int) -> dict[GraphWarning, int]:
    tasks = [node for node in graph["nodes"] if node["role"] == "task"]
    found: dict[GraphWarning, int] = {
        "nothing_exported": document is None,
        "no_tasks": document is not None and not tasks,
        "no_linkages": bool(tasks) and not graph["edges"],
        "unreadable_linkages": unreadable,
        "missing_tasks": sum(node["role"] == "missing" for node in graph["nodes"]),
        "duplicate_linkages": sum(edge["count"] - 1 for edge in graph["edges"]),
        "loose_tasks": sum(node["is_loose"] for node in tasks),
        "unknown_families": sum(node["kind"] is None for node in tasks),
        "cycles": sum(edge["in_cycle"] for edge in graph["edges"]),
    }
    return {code: int(times) for code, times in found.items() if times}
