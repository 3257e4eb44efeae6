"""What a diff promises, whatever the two exports hold (DESIGN.md section 7)."""

import json
import os
import subprocess
import sys
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.unit.history.made_exports import (
    NAMES,
    Export,
    alike,
    exports,
    in_another_order,
    with_new_ids,
    with_run_state,
)
from workflow_mirror.history.diff import Diff, as_json, as_markdown, diff

# A busy machine is slow, which is no failure.
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
ANY_SHAPE = st.dictionaries(
    st.sampled_from(("workflow", "tasks", "linkages", "workflow_definition", "x")),
    JSON | st.lists(st.dictionaries(st.sampled_from(("id", "name", "css", "parameters")), JSON)),
)
PLACES = st.integers(0, 6)
"""Of a task in its export, modulo the number of tasks."""
MIRRORED = {"added": "removed", "removed": "added"}


def whole(found: Diff) -> dict[str, Any]:
    return as_json(found, layout=True, matches=True)


@QUIET
@given(exports())
def test_new_ids_another_order_and_run_state_make_no_difference(export: Export) -> None:
    other = with_run_state(in_another_order(with_new_ids(export)))

    found = diff(export, other)

    assert found.equal(layout=True)
    assert found.counts.unchanged == len(export["tasks"]) == len(found.matches)


@QUIET
@given(exports(), st.integers(2, 4))
def test_a_part_that_is_there_several_times_makes_no_difference(export: Export, n: int) -> None:
    repeated = deepcopy(export)
    for copy in range(1, n):
        again = with_new_ids(export)
        text = json.dumps(again).replace(": 70", f": {copy}70").replace("__70", f"__{copy}70")
        again = json.loads(text)
        repeated["tasks"] += again["tasks"]
        repeated["linkages"] += [one for one in again["linkages"] if one["source_task_id"]]

    assert diff(repeated, in_another_order(with_new_ids(repeated))).equal()


@QUIET
@given(exports(), exports())
def test_the_diff_of_b_and_a_mirrors_that_of_a_and_b(one: Export, two: Export) -> None:
    forth, back = whole(diff(one, two)), whole(diff(two, one))

    assert mirrored(forth) == back


@QUIET
@given(ANY_SHAPE, ANY_SHAPE)
def test_documents_of_any_shape_are_compared_and_mirrored(one: Any, two: Any) -> None:
    assert diff(one, one).equal(layout=True)
    assert mirrored(whole(diff(one, two))) == whole(diff(two, one))
    as_markdown(diff(one, two))


@QUIET
@given(exports(), PLACES, st.booleans())
@example(alike(4, [(101, 102)]), 0, True)  # only the renamed task tells 102 from 103
@example(alike(3, [], {"files": {"Invoice__102.csv.zip": "true"}}), 0, True)
def test_a_rename_makes_no_edge_change(export: Export, place: int, renewed: bool) -> None:  # noqa: FBT001 - drawn
    other = deepcopy(export)
    other["tasks"][place % len(other["tasks"])]["name"] = "A name that no other task has"
    if renewed:
        other = in_another_order(with_new_ids(other))

    found = diff(export, other)

    assert found.edges == ()
    assert [(one.change, one.kinds) for one in found.tasks] == [("changed", ("renamed",))]


@QUIET
@given(exports(), PLACES)
@example(alike(3, [], lefts=(0, 0, 100)), 1)  # the moved task is the last on the canvas
def test_a_move_on_the_canvas_makes_no_change_and_is_counted(export: Export, place: int) -> None:
    other = deepcopy(export)
    other["tasks"][place % len(other["tasks"])]["css"] = {"top": "777px", "left": "888px"}

    found = diff(export, other)

    assert found.equal()
    assert not found.equal(layout=True)
    assert found.counts.moved == 1
    assert as_json(found)["tasks"] == []
    assert [one["change"] for one in whole(found)["tasks"]] == ["moved"]


@QUIET
@given(exports(), exports())
def test_the_counts_add_up(one: Export, two: Export) -> None:
    found = diff(one, two)
    counts = found.counts

    in_both = counts.changed + counts.moved + counts.unchanged
    assert in_both == len(found.matches)
    assert counts.removed + in_both == len(one["tasks"])
    assert counts.added + in_both == len(two["tasks"])
    assert len({before for before, _ in found.matches}) == in_both
    assert len({after for _, after in found.matches}) == in_both


@QUIET
@given(exports(), st.data())
def test_in_one_version_a_task_keeps_its_id(export: Export, data: st.DataObject) -> None:
    other = deepcopy(export)
    task = data.draw(st.sampled_from(other["tasks"]))
    assume(task["action_type"] != "Logic::Case")
    task |= {"name": data.draw(NAMES), "parameters": {"code": "of its own"}}

    found = diff(export, other)

    assert set(found.matches) == {(one["id"], one["id"]) for one in export["tasks"]}


def test_the_same_input_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import json\n"
        "from benchmarks.diff_edits import edited\n"
        "from workflow_mirror.history.diff import as_json, as_markdown, diff\n"
        "for seed in range(4):\n"
        "    made = edited(seed, 40, share=0.5, renewed=True)\n"
        "    found = diff(made.before, made.after)\n"
        "    print(json.dumps(as_json(found, layout=True, matches=True)), as_markdown(found))\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def mirrored(document: dict[str, Any]) -> dict[str, Any]:
    """The JSON as that of the diff the other way round."""
    turned = {**document, "before": document["after"], "after": document["before"]}
    summary = deepcopy(document["summary"])
    for counts in (summary["tasks"], summary["edges"]):
        counts["added"], counts["removed"] = counts["removed"], counts["added"]
    summary["text"] = text_mirrored(summary["text"])
    turned |= {"summary": summary, "workflow": [swapped(one) for one in document["workflow"]]}
    turned["tasks"] = [task_mirrored(task) for task in document["tasks"]]
    turned["edges"] = [edge_mirrored(edge) for edge in document["edges"]]
    turned["matches"] = [pair[::-1] for pair in document["matches"]]
    sides = {"before": "after", "after": "before"}
    told = [{**one, "side": sides[one["side"]]} for one in document["warnings"]]
    turned["warnings"] = sorted(told, key=lambda one: one["side"] == "after")
    return turned


def text_mirrored(text: str) -> str:
    """Added and removed change their places, each noun with its own count."""
    pieces = text.replace("added", "#").replace("removed", "added").replace("#", "removed")
    order = ("edited", "renamed", "retyped", "reformatted", "added", "removed", "moved")

    def rank(piece: str) -> tuple[bool, ...]:
        return "setting" in piece, "link" in piece, *(word not in piece for word in order)

    return ", ".join(sorted(pieces.split(", "), key=rank))


def swapped(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "before": one["after"], "after": one["before"]}


def task_mirrored(task: dict[str, Any]) -> dict[str, Any]:
    fields = [swapped(one) for one in task["fields"]]
    change = MIRRORED.get(task["change"], task["change"])
    return {**swapped(task), "change": change, "fields": fields}


def edge_mirrored(edge: dict[str, Any]) -> dict[str, Any]:
    source = swapped(edge["source"]) if edge["source"] else None
    return {
        **edge,
        "change": MIRRORED[edge["change"]],
        "source": source,
        "target": swapped(edge["target"]),
    }
