"""Small exports of every kind, made by hypothesis, and what changes nothing about them."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

type Export = dict[str, Any]
FIRST_ID = 101
VERSION_ID = 55
NEW_ID = 7001
NAMES = st.sampled_from(("Get", "Send", "Send", "Città", "Is it due?", "Loop", "[red]\x1b[2J"))
TYPES = st.sampled_from(("Query", "Callout", "If", "Iterate", "Email", "Logic::Case", "New::Type"))
LINKAGES = st.sampled_from(("Success", "Failure", "True", "False", "For Each", "Case_1", "Case_2"))
PARAMETERS = st.dictionaries(
    st.sampled_from(("where_clause", "url", "raw_body", "template", "unknown key", "tags")),
    st.sampled_from(
        (
            "Id = 1\r\nAND  x = 'a  b'",
            "https://erp.example.com",
            '{"a": 1,\n "b": [2]}',
            "line 1\nline 2\n\nline 4",
            "",
            [""],
            ["a", "b"],
            {"key": "a", "value": "1"},
            [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
            {"0": {"1": 2.5}},
            True,
            12,
        )
    ),
    max_size=4,
)


@st.composite
def tasks(draw: st.DrawFn, id_: int, count: int) -> Export:
    other = draw(st.integers(FIRST_ID, FIRST_ID + count - 1))
    action_type = draw(TYPES)
    parameters = draw(PARAMETERS)
    if draw(st.booleans()):
        parameters |= {
            "files": {f"Invoice__{other}.csv.zip": f"Invoice__{other}.csv.zip"},
            "code": f"{{% task_id: {other} %}} Data.Files.email__{other}.html",
        }
    if action_type == "Logic::Case":
        parameters["case_condition"] = {"Case_1": draw(NAMES), "Case_2": draw(NAMES)}
    top, left = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    return {
        "id": id_,
        "name": draw(NAMES),
        "action_type": action_type,
        "parameters": parameters,
        "object": draw(st.sampled_from((None, "Invoice", f"Invoice__{other}.csv.zip"))),
        "task_id": draw(st.sampled_from((None, other))),
        "css": {"top": f"{top * 100}px", "left": f"{left * 100}px"},
        "tags": draw(st.sampled_from(([], [""], ["a"]))),
        "status": None,
    }


@st.composite
def exports(draw: st.DrawFn, most: int = 7) -> Export:
    count = draw(st.integers(1, most))
    ids = range(FIRST_ID, FIRST_ID + count)
    made = [draw(tasks(id_, count)) for id_ in ids]
    ends = st.sampled_from(list(ids))
    between = draw(st.lists(st.tuples(ends, LINKAGES, ends), max_size=2 * count))
    linkages = [linkage(VERSION_ID, None, "Start", draw(ends))]
    linkages += [linkage(None, *edge) for edge in between]
    workflow = {
        "id": VERSION_ID,
        "name": "Dunning",
        "version": "0.0.1",
        "status": None,
        "interval": draw(st.sampled_from((None, "", "0 0 * * *"))),
        "parameters": {"merge_task_ids": [draw(ends)]},
    }
    return {"workflow": workflow, "tasks": made, "linkages": linkages}


def alike(
    count: int,
    edges: list[tuple[int, int]],
    parameters_of_first: Export | None = None,
    lefts: tuple[int, ...] = (),
) -> Export:
    """An export whose tasks are the same but for their IDs, their links and what is given."""
    made = [
        {
            "id": FIRST_ID + place,
            "name": "Get",
            "action_type": "Query",
            "parameters": (parameters_of_first or {}) if place == 0 else {},
            "css": {"top": "0px", "left": f"{lefts[place] if lefts else 0}px"},
        }
        for place in range(count)
    ]
    linkages = [linkage(VERSION_ID, None, "Start", FIRST_ID)]
    linkages += [linkage(None, source, "Success", target) for source, target in edges]
    workflow = {"id": VERSION_ID, "name": "Dunning", "version": "0.0.1", "parameters": {}}
    return {"workflow": workflow, "tasks": made, "linkages": linkages}


def linkage(workflow: int | None, source: int | None, kind: str, target: int) -> Export:
    return {
        "source_workflow_id": workflow,
        "source_task_id": source,
        "target_task_id": target,
        "linkage_type": kind,
    }


def with_new_ids(export: Export, *, reverse: bool = True) -> Export:
    """What an import into Zuora makes of it: all ids are new, in another order."""
    old = [task["id"] for task in export["tasks"]]
    new = [NEW_ID + place for place in range(len(old))]
    ids = dict(zip(old, new[::-1] if reverse else new, strict=True))
    text = json.dumps(export)
    for before, after in ids.items():
        text = text.replace(str(before), str(after))
    made: Export = json.loads(text)
    made["workflow"]["id"] = VERSION_ID + 1
    for one in made["linkages"]:
        one["source_workflow_id"] = one["source_workflow_id"] and VERSION_ID + 1
    return made


def in_another_order(value: Any) -> Any:
    """Keys of objects the other way round; tasks and linkages too."""
    if isinstance(value, dict):
        turned = {key: in_another_order(item) for key, item in reversed(value.items())}
        for key in ("tasks", "linkages"):
            if (
                isinstance(turned.get(key), list)
                and turned[key]
                and isinstance(turned[key][0], dict)
            ):
                turned[key] = turned[key][::-1]
        return turned
    return [in_another_order(item) for item in value] if isinstance(value, list) else value


def with_run_state(export: Export) -> Export:
    made = deepcopy(export)
    made["workflow"] |= {"status": "Active", "started_at": "2017-05-11 20:41:24 UTC"}
    for task in made["tasks"]:
        task |= {"status": "Finished", "process_id": 9}
    return made
