"""The diff of exports as they are: what is a change, and what only looks like one."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.history.made_exports import Export, linkage
from workflow_mirror.exact_json import loads
from workflow_mirror.fake_zuora.definitions import Triggers, Version, copy_content
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.fake_zuora.run_state import with_run_state
from workflow_mirror.history.diff import Diff, Field, diff


def task(id_: int, name: str = "", action_type: str = "Query", **fields: Any) -> Export:
    return {
        "id": id_,
        "name": name or f"Task {id_}",
        "action_type": action_type,
        "parameters": {},
        "css": {"top": f"{id_ * 80}px", "left": "0px"},
    } | fields


def export(*tasks: Export, edges: Any = (), **workflow: Any) -> Export:
    header = {"id": 9, "name": "Dunning", "version": "0.0.1"} | workflow
    linkages = [
        linkage(9 if source is None else None, source, kind, target)
        for source, kind, target in edges
    ]
    return {"workflow": header, "tasks": list(tasks), "linkages": linkages}


def of_parameters(before: Any, after: Any, action_type: str = "Query") -> list[Field]:
    found = diff(
        export(task(1, action_type=action_type, parameters=before)),
        export(task(1, action_type=action_type, parameters=after)),
    )
    return [field for changed in found.tasks for field in changed.fields]


def kinds(found: Diff) -> dict[str, Any]:
    return {one.name: one.kinds or one.change for one in found.tasks}


def edges(found: Diff) -> list[str]:
    return [
        f"{one.change} {one.source.name if one.source else '*'} -{one.type}> {one.target.name}"
        for one in found.edges
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tags": [""]}, {"tags": []}),
        ({"a": "x\r\ny"}, {"a": "x\ny"}),
        ({"a": "x\ry"}, {"a": "x\ny"}),
        ({"a": 1.0}, {"a": 1}),
        ({"a": None}, {}),
        ({"a": "\0"}, {"a": "\N{REPLACEMENT CHARACTER}"}),
        ('{"a": {"b": "c"}}', {"a": {"b": "c"}}),
        ({}, None),
    ],
)
def test_another_spelling_is_no_change(before: Any, after: Any) -> None:
    assert of_parameters(before, after) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": "1"}, {"a": 1}),
        ({"a": True}, {"a": 1}),
        ({"a": "true"}, {"a": True}),
        ({"a": ["", ""]}, {"a": []}),
        ({"a": ""}, {}),
        ({"a": "x y"}, {"a": "x  y"}),
        ({"a": {}}, {"a": []}),
        ({"unknown": 1}, {}),
        ([1, 2], [2, 1]),
        ("not { json", "not { json at all"),
    ],
)
def test_another_value_is_a_change(before: Any, after: Any) -> None:
    assert len(of_parameters(before, after)) == 1


def test_run_state_and_ids_are_no_change() -> None:
    made, links = generate(Recipe(seed=3, tasks=30, first_task_id=500, version_id=9, newer=True))
    before = {"workflow": {"id": 9, "version": "0.0.1"}, "tasks": made, "linkages": links}

    assert diff(before, with_run_state(deepcopy(before), 5)).equal(layout=True)


def test_a_new_version_of_zuora_is_the_same_workflow() -> None:
    """All references by id, in file names and elsewhere, follow their tasks."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    recipe = Recipe(seed=3, tasks=40, first_task_id=500, version_id=9, newer=True)
    old, new = (
        Version(id_, "0.0.1", "Active", Triggers(), "Medium", now, now, recipe) for id_ in (9, 10)
    )
    made, links = generate(recipe)
    ids = {one["id"]: 9000 - 3 * one["id"] for one in made}
    copied, copied_links = copy_content(old, new, ids)
    before = {"workflow": {"id": 9, "version": "0.0.1"}, "tasks": made, "linkages": links}
    after = {"workflow": {"id": 10, "version": "0.0.2"}, "tasks": copied, "linkages": copied_links}

    found = diff(before, after)

    assert found.equal(layout=True)
    assert set(found.matches) == set(ids.items())


@pytest.mark.parametrize(
    "form",
    [
        {"object": "Subscription__ID.csv.zip"},
        {"parameters": {"files": {"Subscription__ID.csv.zip": "x"}}},
        {"parameters": {"files": {"0": "Invoice__ID.pdf"}}},
        {"parameters": {"code": "{% file task_id: ID %}"}},
        {"parameters": {"code": '{"task_id": "ID"}'}},
        {"parameters": {"url": "https://x.example.com/FileDownload?task=ID&a=b"}},
        {"parameters": {"code": "Data.Files.email__ID.html"}},
        {"parameters": {"merge_task_ids": ["ID"]}},
    ],
)
def test_a_reference_by_id_follows_its_task_and_another_task_is_a_change(form: Export) -> None:
    def version(id_: int, first: int, referred: int) -> Export:
        user = json.loads(json.dumps(form).replace("ID", str(referred)))
        names = ("Get", "Other", "User")
        tasks = [task(first + place, name, css={}) for place, name in enumerate(names)]
        tasks[2] |= user
        return export(*tasks, id=id_)

    before = version(9, 101, 101)

    assert diff(before, version(10, 771, 771)).equal()
    assert kinds(diff(before, version(10, 771, 772))) == {"User": ("edited",)}


def test_numbers_that_are_no_ids_of_tasks_are_values() -> None:
    [field] = of_parameters({"a": "Invoice__5.csv"}, {"a": "Invoice__6.csv"})

    assert (field.before, field.after) == ("Invoice__5.csv", "Invoice__6.csv")


@pytest.mark.parametrize(
    ("key", "before", "after", "is_format"),
    [
        ("where_clause", "A = 1 AND b='x  y'", "A=1\n\tAND  b = 'x  y'", True),
        ("where_clause", "A = 'x  y'", "A = 'x y'", False),
        ("where_clause", "A = 1 OR b", "A = 1ORb", False),
        ("where_clause", "a < = 1", "a <= 1", False),
        ("query", "SELECT a -- all\nFROM b", "SELECT a -- all FROM b", False),
        ("query", "SELECT (a),b\nFROM c", "SELECT ( a ), b FROM c", True),
        ("raw_body", '{"a": 1, "b": [2]}', '{\n "b": [2.0],\n "a": 1}', True),
        ("raw_body", '{"a": 1}', '{"a": "1"}', False),
        ("template", "<b>a  b</b>", "<b>a b</b>", False),
    ],
)
def test_sql_and_json_that_differ_in_form_alone_are_told_apart(
    key: str, before: str, after: str, *, is_format: bool
) -> None:
    [field] = of_parameters({key: before}, {key: after})

    assert field.is_format == is_format


def test_a_task_of_which_only_the_form_differs_says_so() -> None:
    found = diff(
        export(task(1, parameters={"where_clause": "a = 1"})),
        export(task(1, parameters={"where_clause": "a  = 1"})),
    )

    assert kinds(found) == {"Task 1": ("format",)}
    assert not found.equal()


def case(conditions: dict[str, str], *targets: int) -> Export:
    parameters = {"case_clause": "{{ Data.Account.Country }}", "case_condition": conditions}
    branches = [(1, f"Case_{place}", target) for place, target in enumerate(targets, start=1)]
    return export(
        task(1, "Route", "Logic::Case", parameters=parameters),
        *(task(number) for number in (2, 3, 4)),
        edges=[(None, "Start", 1), *branches],
    )


def test_branches_of_a_case_in_another_order_are_no_change() -> None:
    one = case({"Case_1": "Italy", "Case_2": "Spain"}, 2, 3)
    two = case({"Case_1": "Spain", "Case_2": "Italy"}, 3, 2)

    assert diff(one, two).equal()


def test_an_edited_condition_is_an_edit_and_no_edge_change() -> None:
    found = diff(case({"Case_1": "Italy"}, 2), case({"Case_1": "Italia"}, 2))

    [route] = found.tasks
    [field] = route.fields
    told = (field.path, field.before, field.after)
    assert told == ("parameters.case_condition.Case_1", "Italy", "Italia")
    assert found.edges == ()


def test_a_condition_that_comes_first_renumbers_the_others_without_a_change() -> None:
    found = diff(
        case({"Case_1": "Italy", "Case_2": "Spain"}, 2, 3),
        case({"Case_1": "France", "Case_2": "Italy", "Case_3": "Spain"}, 4, 2, 3),
    )

    assert edges(found) == ["added Route -Case_1> Task 4"]
    assert found.edges[0].condition == "France"
    [route] = found.tasks
    assert [(one.before, one.after) for one in route.fields] == [(None, "France")]


def test_two_branches_that_change_their_targets_are_edge_changes() -> None:
    conditions = {"Case_1": "Italy", "Case_2": "Spain"}

    found = diff(case(conditions, 2, 3), case(conditions, 3, 2))

    assert len(found.edges) == 4
    assert found.tasks == ()


def test_true_and_false_that_change_places_are_seen() -> None:
    tasks = (task(1, "Is it due?", "If"), task(2), task(3))
    before = export(*tasks, edges=[(1, "True", 2), (1, "False", 3)])
    after = export(*tasks, edges=[(1, "False", 2), (1, "True", 3)])

    assert sorted(edges(diff(before, after))) == [
        "added Is it due? -False> Task 2",
        "added Is it due? -True> Task 3",
        "removed Is it due? -False> Task 3",
        "removed Is it due? -True> Task 2",
    ]


def test_a_loop_back_to_an_iterate_is_an_edge_like_others() -> None:
    tasks = (task(1, "Loop", "Iterate"), task(2), task(3))
    before = export(*tasks, edges=[(None, "Start", 1), (1, "For Each", 2), (1, "Complete", 3)])
    after = deepcopy(before)
    after["linkages"].append(linkage(None, 2, "Success", 1))

    assert edges(diff(before, after)) == ["added Task 2 -Success> Loop"]
    assert diff(after, deepcopy(after)).equal()


def test_an_inserted_task_is_added_and_its_edges_with_it() -> None:
    before = export(task(1), task(2, task_id=1), edges=[(None, "Start", 1), (1, "Success", 2)])
    after = export(
        task(1),
        task(3, "New", "Callout", task_id=1),
        task(2, task_id=3),
        edges=[(None, "Start", 1), (1, "Success", 3), (3, "Success", 2)],
    )

    found = diff(before, after)

    assert kinds(found) == {"New": "added"}
    assert sorted(edges(found)) == [
        "added New -Success> Task 2",
        "added Task 1 -Success> New",
        "removed Task 1 -Success> Task 2",
    ]


def test_a_parent_that_no_edge_tells_of_is_a_change() -> None:
    found = diff(export(task(1), task(2, task_id=None)), export(task(1), task(2, task_id=1)))

    [changed] = found.tasks
    assert [(one.path, one.before, one.after) for one in changed.fields] == [("task_id", None, 1)]


def test_a_retyped_task_is_the_same_task() -> None:
    links = [(None, "Start", 1), (1, "Success", 2), (2, "Success", 3)]
    before = export(
        task(1), task(2, "Tell the ERP", "Callout", parameters={"url": "x"}), task(3), edges=links
    )
    after = export(
        task(1),
        task(2, "Tell the ERP", "Email", parameters={"email": {}}),
        task(3),
        edges=links,
        id=10,
    )

    assert kinds(diff(before, after)) == {"Tell the ERP": ("retyped", "edited")}
    assert diff(before, after).edges == ()


def test_tasks_of_one_name_are_told_apart_by_where_they_stand() -> None:
    links = [(None, "Start", 1), (1, "True", 2), (1, "False", 3)]
    before = export(task(1, "Due?", "If"), task(2, "Send"), task(3, "Send"), edges=links)
    new_links = [(None, "Start", 11), (11, "False", 12), (11, "True", 13)]
    after = export(
        task(11, "Due?", "If"),
        task(12, "Send"),
        task(13, "Send", parameters={"a": "b"}),
        edges=new_links,
        id=10,
    )

    found = diff(before, after)

    assert set(found.matches) == {(1, 11), (2, 13), (3, 12)}
    assert found.edges == ()


def test_a_copy_of_a_task_is_added_and_the_original_stays() -> None:
    links = [(None, "Start", 1), (1, "Success", 2)]
    before = export(task(1), task(2, "Send"), edges=links)
    copied = [(None, "Start", 11), (11, "Success", 12), (12, "Success", 13)]
    after = export(task(11, "Task 1"), task(12, "Send"), task(13, "Send"), edges=copied, id=10)

    assert set(diff(before, after).matches) == {(1, 11), (2, 12)}


def test_doubled_ids_missing_tasks_and_odd_entries_are_compared_and_told() -> None:
    before = export(task(1, "a"), task(1, "b"), edges=[(None, "Start", 1), (1, "Success", 77)])
    before["tasks"].append("no object")
    before["linkages"].append("no object")
    after = export(task(1, "a"), edges=[(None, "Start", 1), (1, "Success", 78)])

    found = diff(before, after)

    assert {(side, one["code"]) for side, one in found.warnings} >= {
        ("before", "duplicate_task"),
        ("before", "task_not_object"),
        ("before", "linkages_not_objects"),
        ("after", "missing_task"),
    }
    assert found.counts.removed == 2
    assert {
        (one.target.before, one.target.after, one.target.is_missing) for one in found.edges
    } == {
        ("77", None, True),
        (None, "78", True),
    }
    assert diff(before, deepcopy(before)).equal()


def test_ids_as_texts_are_those_as_numbers() -> None:
    before = export(task(1), task(2, task_id=1), edges=[(None, "Start", 1), (1, "Success", 2)])
    after = json.loads(
        json.dumps(before).replace('_id": 1', '_id": "1"').replace('"id": 2', '"id": "2"')
    )

    assert diff(before, after).equal()


def test_what_zuoras_newer_dialect_adds_is_no_change() -> None:
    before = export(task(1, object=None), interval="")
    after = export(task(1, object="", entity_id=None, zuora_org_ids=[]), interval=None)
    after["workflow"] |= {"event_trigger": False, "ui_pages": {}, "solution_id": None}
    after["workflow_definition"] = {"name": "Dunning", "category": "Default", "ui_page_roles": []}

    assert diff(before, after).equal()


def test_settings_of_the_workflow_are_told_by_path() -> None:
    before = export(interval="0 0 * * *", parameters={"fields": []}, scheduled_trigger=False)
    after = export(interval="0 5 * * *", parameters={}, scheduled_trigger=True, name="Reminders")

    found = diff(before, after)

    assert [(one.path, one.before, one.after) for one in found.workflow] == [
        ("interval", "0 0 * * *", "0 5 * * *"),
        ("name", "Dunning", "Reminders"),
        ("parameters.fields", [], None),
        ("scheduled_trigger", False, True),
    ]


def test_headers_are_compared_by_their_names() -> None:
    before = [{"key": "A", "value": "1"}, {"key": "B", "value": "2"}]
    after = [{"key": "A", "value": "1"}, {"key": "C", "value": "0"}, {"key": "B", "value": "3"}]

    fields = of_parameters({"headers": before}, {"headers": after}, "Callout")

    assert [(one.path, one.before, one.after) for one in fields] == [
        ("parameters.headers[B].value", "2", "3"),
        ("parameters.headers[C]", None, {"key": "C", "value": "0"}),
    ]


def test_an_edge_that_is_doubled_counts_twice() -> None:
    before = export(task(1), edges=[(None, "Start", 1)])
    after = export(task(1), edges=[(None, "Start", 1), (None, "Start", 1)])

    assert edges(diff(before, after)) == ["added * -Start> Task 1"]


def test_decimals_keep_their_digits() -> None:
    before, after = (
        loads(f'{{"tasks": [{{"id": 1, "parameters": {{"a": 0.{"1" * 30}{last}}}}}]}}')
        for last in (1, 2)
    )

    assert len(diff(before, after).tasks) == 1


def test_nothing_in_common_is_all_removed_and_all_added() -> None:
    before = export(
        *(task(n, f"Alpha {n}", "Email", parameters={"a": str(n)}) for n in range(1, 4))
    )
    after = export(*(task(n + 50, f"Zulu {n}", "Query") for n in range(1, 4)), id=77)

    found = diff(before, after)

    assert (found.counts.removed, found.counts.added, found.matches) == (3, 3, ())
