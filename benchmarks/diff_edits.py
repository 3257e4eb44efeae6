"""Pairs of exports that differ by known edits, so that every task's true counterpart is known."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.fake_zuora.words import PLACES

type Export = dict[str, Any]
FIRST_ID = 1001
EDITS = (
    "rename", "edit", "remove", "insert", "clone", "move", "rewire", "retype", "in_place",
)  # fmt: skip


@dataclass
class Edited:
    """`truth` has the id before of every task that is in both, by its id after."""

    before: Export
    after: Export
    truth: dict[int, int]
    edits: list[str] = field(default_factory=list)


def edited(seed: int, tasks: int, *, share: float, renewed: bool) -> Edited:
    """`share` of the tasks are edited; with `renewed`, ids are new, as in another version."""
    random = Random(seed)
    before = _base(seed, tasks, random)
    after = deepcopy(before)
    editor = _Editor(random, after, seed)
    edits = [random.choice(EDITS) for _ in range(int(tasks * share))]
    chosen = random.sample([task["id"] for task in before["tasks"]], len(edits))
    for edit, task_id in zip(edits, chosen, strict=True):
        getattr(editor, edit)(task_id)
    known = {task["id"] for task in before["tasks"]}
    truth = {task["id"]: task["id"] for task in after["tasks"] if task["id"] in known}
    if renewed:
        after, truth = _with_new_ids(after, random)
        truth = {new: old for new, old in truth.items() if old in known}
    random.shuffle(after["tasks"])
    random.shuffle(after["linkages"])
    return Edited(before, after, truth, edits)


def _base(seed: int, tasks: int, random: Random) -> Export:
    recipe = Recipe(seed, tasks, FIRST_ID, version_id=77, newer=True)
    made, linkages = generate(recipe)
    shared = set(random.sample(range(tasks), tasks // 5))
    for number, task in enumerate(made):
        if number not in shared:
            task["name"] = _own_name(task["name"], number, random)
    workflow = {"id": 77, "name": "Dunning", "version": "0.0.1", "parameters": {}}
    return {"workflow": workflow, "tasks": made, "linkages": linkages}


def _own_name(name: str, number: int, random: Random) -> str:
    """Unique, as a designer tells tasks apart: by place, step or purpose."""
    form = random.choice(
        ("{name} {place} {number}", "{number}. {name}", "{place}: {name} #{number}")
    )
    return form.format(name=name, number=number, place=random.choice(PLACES))


class _Editor:
    """Edits a document in place, one task at a time."""

    def __init__(self, random: Random, document: Export, seed: int) -> None:
        self._random, self._document = random, document
        # Tasks of another workflow, for what is new here.
        others, _ = generate(Recipe(seed + 1_000_000, 60, FIRST_ID, version_id=78, newer=True))
        self._others = others
        self._next_id = 90_001

    def rename(self, task_id: int) -> None:
        self._task(task_id)["name"] = self._new_name(self._task(task_id)["name"])

    def edit(self, task_id: int) -> None:
        """One to three values of the parameters."""
        leaves = list(_leaves(self._task(task_id)["parameters"]))
        for holder, key in self._random.sample(
            leaves, min(len(leaves), self._random.randint(1, 3))
        ):
            holder[key] = self._changed(holder[key])

    def in_place(self, task_id: int) -> None:
        """All parameters new; name, type and edges stay."""
        task = self._task(task_id)
        same = [other for other in self._others if other["action_type"] == task["action_type"]]
        if same:
            task["parameters"] = deepcopy(self._random.choice(same)["parameters"])
        else:
            self.edit(task_id)

    def retype(self, task_id: int) -> None:
        other = self._other(without=self._task(task_id)["action_type"])
        for key in ("action_type", "parameters", "object", "object_id", "call_type"):
            self._task(task_id)[key] = deepcopy(other[key])

    def move(self, task_id: int) -> None:
        css = self._task(task_id)["css"]
        for key in css:
            css[key] = f"{float(css[key][:-2]) + self._random.randint(-300, 300):g}px"

    def remove(self, task_id: int) -> None:
        """What led to it leads to what came after it."""
        links = self._document["linkages"]
        nexts = [link["target_task_id"] for link in links if link["source_task_id"] == task_id]
        for link in links:
            if link["target_task_id"] == task_id:
                link["target_task_id"] = nexts[0] if nexts else None
        self._document["linkages"] = [
            link
            for link in links
            if link["source_task_id"] != task_id and link["target_task_id"] is not None
        ]
        self._document["tasks"].remove(self._task(task_id))

    def insert(self, task_id: int) -> None:
        """A new task between this one and what leads to it."""
        new = deepcopy(self._other())
        new["name"] = self._new_name(new["name"])
        self._add(new, near=task_id)
        for link in self._document["linkages"]:
            if link["target_task_id"] == task_id:
                link["target_task_id"] = new["id"]
        self._link(new["id"], task_id, "Success")

    def clone(self, task_id: int) -> None:
        """A copy of this task, hung below another one."""
        new = deepcopy(self._task(task_id))
        self._add(new, near=task_id)
        self._link(self._any_task(but=new["id"])["id"], new["id"], "Success")

    def rewire(self, task_id: int) -> None:
        for link in self._document["linkages"]:
            if link["target_task_id"] == task_id:
                link["target_task_id"] = self._any_task(but=task_id)["id"]
                return

    def _task(self, task_id: int) -> Export:
        return next(task for task in self._document["tasks"] if task["id"] == task_id)

    def _any_task(self, but: int) -> Export:
        return self._random.choice([one for one in self._document["tasks"] if one["id"] != but])

    def _other(self, without: str = "") -> Export:
        return self._random.choice([one for one in self._others if one["action_type"] != without])

    def _new_name(self, name: str) -> str:
        number = self._random.randrange(1000, 9999)
        return self._random.choice(
            (f"{name} v2", f"Step {number}", f"{self._random.choice(PLACES)} {number}", name[::-1])
        )

    def _changed(self, value: Any) -> Any:
        if not isinstance(value, str):
            return f"changed {self._random.randrange(1000)}"
        place = self._random.randrange(len(value) + 1)
        return f"{value[:place]} AND X{self._random.randrange(1000)} {value[place:]}"

    def _add(self, task: Export, near: int) -> None:
        top, left = (float(self._task(near)["css"][key][:-2]) for key in ("top", "left"))
        task["id"] = self._next_id
        task["css"] = {"top": f"{top + 60:g}px", "left": f"{left + 40:g}px"}
        self._next_id += 1
        self._document["tasks"].append(task)

    def _link(self, source: int, target: int, kind: str) -> None:
        link = {"source_workflow_id": None, "source_task_id": source}
        self._document["linkages"].append(link | {"target_task_id": target, "linkage_type": kind})


def _leaves(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from _leaves(item)
        else:
            yield value, key


def _with_new_ids(document: Export, random: Random) -> tuple[Export, dict[int, int]]:
    """The document as a later version: new ids everywhere; the old id by the new one."""
    old_ids = [task["id"] for task in document["tasks"]]
    new_ids = random.sample(range(200_000, 900_000), len(old_ids))
    ids = dict(zip(old_ids, new_ids, strict=True))
    text = json.dumps(document)
    for old, new in ids.items():
        text = text.replace(f"__{old}.", f"__{new}.")
    document = json.loads(text)
    document["workflow"] |= {"id": 78, "version": "0.0.2"}
    for task in document["tasks"]:
        task |= {"id": ids[task["id"]], "task_id": ids.get(task["task_id"], task["task_id"])}
    for link in document["linkages"]:
        for end in ("source_task_id", "target_task_id"):
            link[end] = ids.get(link[end], link[end])
        link["source_workflow_id"] = 78 if link["source_workflow_id"] else None
    return document, {new: old for old, new in ids.items()}
