"""The tasks before and after a task, as the export's linkages have it."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflow_mirror.access.scope import Scope
from workflow_mirror.workflows.graph import Graph, Node, read_graph
from workflow_mirror.workflows.models import Task
from workflow_mirror.workflows.queries import stored_export, tasks_in


@dataclass(frozen=True)
class Neighbour:
    """`pk` is None where there is no page: the workflow itself, or a task that is missing."""

    label: str
    name: str
    role: str
    pk: int | None


@dataclass(frozen=True)
class Neighbours:
    before: list[Neighbour]
    after: list[Neighbour]


def neighbours_of(scope: Scope, task: Task) -> Neighbours:
    """Loads the workflow's export."""
    graph = read_graph(stored_export(scope, task.workflow_id))
    nodes = {node["id"]: node for node in graph["nodes"]}
    own = [node for node in graph["nodes"] if node["task_id"] == task.zuora_id]
    own_ids = {node["id"] for node in own if node["role"] == "task"}
    before = _ends(graph, nodes, own_ids, backward=True)
    after = _ends(graph, nodes, own_ids, backward=False)
    pks = _pks(scope, task.workflow_id, [node for _label, node in (*before, *after)])
    return Neighbours(_neighbours(before, pks), _neighbours(after, pks))


def _ends(
    graph: Graph, nodes: dict[str, Node], own: set[str], *, backward: bool
) -> list[tuple[str, Node]]:
    """The other ends of the edges that lead to the task, or away from it."""
    pairs = (
        (edge["label"], edge["target"], edge["source"])
        if backward
        else (edge["label"], edge["source"], edge["target"])
        for edge in graph["edges"]
    )
    return [(label, nodes[other]) for label, this, other in pairs if this in own]


def _pks(scope: Scope, workflow: int, nodes: Iterable[Node]) -> dict[str, int]:
    wanted = {node["task_id"] for node in nodes if node["role"] == "task"}
    found = tasks_in(scope).filter(workflow=workflow, zuora_id__in=wanted)
    return dict(found.values_list("zuora_id", "pk"))


def _neighbours(ends: Iterable[tuple[str, Node]], pks: dict[str, int]) -> list[Neighbour]:
    return [
        Neighbour(label, node["name"] or node["task_id"], node["role"], pks.get(node["task_id"]))
        for label, node in ends
    ]
