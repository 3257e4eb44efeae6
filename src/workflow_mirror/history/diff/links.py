"""What binds a task to others: edges, references and its parent. Each link has a label.

Labels are the same in both documents: that of a branch of a case is its condition.
"""

from collections.abc import Callable
from functools import partial

from workflow_mirror.exact_json import dump
from workflow_mirror.history.diff.normalise import TASK_MARK, End, Side
from workflow_mirror.history.diff.texts import relabelled

type Link = tuple[str, End]


def links_of(side: Side) -> list[list[Link]]:
    """For each task all its links; a link between two tasks is in the lists of both."""
    links: list[list[Link]] = [[] for _ in side.tasks]
    add = partial(_add, links)
    for edge, count in side.edges.items():
        label = f"{blind(side.branch(edge))}\n{edge.extra}"
        for _ in range(min(count, 2)):
            add(edge.source, f"out {label}", edge.target)
            add(edge.target, f"in {label}", edge.source)
    for number, task in enumerate(side.tasks):
        _add_references(add, number, task.references)
        if task.parent is not None:
            add(number, "parent", task.parent)
            add(task.parent, "child", number)
    _add_of_workflow(add, side)
    return links


def blind(text: str) -> str:
    """The text whatever tasks it refers to."""
    return relabelled(text, _no_label) + "" if "\0" in text else text


def _no_label(_number: int) -> str:
    return ""


def _add(links: list[list[Link]], end: End, label: str, other: End) -> None:
    if isinstance(end, int):
        links[end].append((label, other))


def _add_references(
    add: Callable[[End, str, End], None], number: int, references: tuple[int, ...]
) -> None:
    for place, referred in enumerate(references):
        add(number, f"refers {place}", referred)
        add(referred, f"referred {place}", number)


def _add_of_workflow(add: Callable[[End, str, End], None], side: Side) -> None:
    for place, number in enumerate(TASK_MARK.findall(dump(side.settings))):
        add(int(number), f"setting {place}", "workflow")
