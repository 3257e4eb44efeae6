"""Which tasks are counterparts: the assignment, the branches of a case, and known edits."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.diff_edits import EDITS, edited
from tests.unit.history.test_diff_guarantees import QUIET
from workflow_mirror.history.diff import diff
from workflow_mirror.history.diff.assignment import best_couples
from workflow_mirror.history.diff.branches import branch_pairs

COUPLES = st.tuples(st.integers(0, 4), st.integers(0, 4))
SCORES = st.dictionaries(COUPLES, st.floats(0.01, 1, allow_nan=False), max_size=14)
BRANCHES = st.dictionaries(
    st.integers(1, 12).map("Case_{}".format), st.sampled_from("abc"), max_size=5
)


@QUIET
@given(SCORES)
def test_no_other_choice_of_couples_has_a_greater_sum(scores: dict[tuple[int, int], float]) -> None:
    chosen = best_couples(scores)

    assert len({one for one, _ in chosen}) == len(chosen) == len({two for _, two in chosen})
    best = max(
        sum(scores.get(couple, 0) for couple in enumerate(order))
        for order in permutations(range(5))
    )
    assert sum(scores[couple] for couple in chosen) == pytest.approx(best)


def test_very_many_couples_are_chosen_by_the_best_score_first() -> None:
    scores = {(one, two): 1.0 if one == two else 0.5 for one in range(80) for two in range(80)}

    assert sorted(best_couples(scores)) == [(one, one) for one in range(80)]


@QUIET
@given(BRANCHES, BRANCHES)
def test_every_branch_has_one_counterpart_at_most(one: dict[str, str], two: dict[str, str]) -> None:
    pairs = branch_pairs(one, two)

    assert sorted(mine for mine, _ in pairs if mine) == sorted(one)
    assert sorted(other for _, other in pairs if other) == sorted(two)
    assert sorted(branch_pairs(two, one), key=str) == sorted(
        ((other, mine) for mine, other in pairs), key=str
    )


@pytest.mark.parametrize("renewed", [False, True])
@pytest.mark.parametrize("edit", EDITS)
def test_after_one_edit_of_each_kind_every_task_has_its_counterpart(
    edit: str, *, renewed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.diff_edits.EDITS", (edit,))
    for seed in range(5):
        pair = edited(seed, 25, share=0.05, renewed=renewed)

        matches = set(diff(pair.before, pair.after).matches)

        assert matches == {(before, after) for after, before in pair.truth.items()}


@pytest.mark.parametrize("renewed", [False, True])
def test_with_a_third_of_the_tasks_edited_nearly_all_have_their_counterpart(
    *, renewed: bool
) -> None:
    """See benchmarks/diff.py for the figures."""
    right = found = true = 0
    for seed in range(8):
        pair = edited(seed, 40, share=1 / 3, renewed=renewed)
        matches = set(diff(pair.before, pair.after).matches)
        truth = {(before, after) for after, before in pair.truth.items()}
        right, found, true = right + len(matches & truth), found + len(matches), true + len(truth)

    assert right >= 0.99 * found
    assert right >= 0.99 * true


def test_two_tenants_whose_ids_are_the_same_by_chance_are_not_matched_by_them() -> None:
    def export(names: list[str]) -> dict[str, object]:
        tasks = [
            {"id": place, "name": name, "action_type": name, "parameters": {}}
            for place, name in enumerate(names, start=1)
        ]
        return {"workflow": {"id": 9, "version": "0.0.1"}, "tasks": tasks, "linkages": []}

    found = diff(export(["Query", "Email"]), export(["Email", "Query", "Callout"]))

    assert set(found.matches) == {(1, 2), (2, 1)}


def test_keys_that_refer_to_tasks_are_alike_wherever_those_tasks_are_on_the_canvas() -> None:
    """The number of a task in its document is no part of what its users have in common."""

    def export(version: str, first: int, name: str, *tops: int) -> dict[str, object]:
        files = {f"Invoice__{first}.csv.zip": "true"}
        tasks = [
            {
                "id": first,
                "name": "Export",
                "action_type": "Export",
                "css": {"top": f"{tops[0]}px"},
            },
            {
                "id": first + 1,
                "name": name,
                "action_type": "Email",
                "css": {"top": f"{tops[1]}px"},
                "parameters": {"files": files},
            },
            *(
                {"id": first + 2 + place, "name": f"New {place}", "action_type": f"Type {place}"}
                | {"css": {"top": "-9px"}}
                for place in range(len(tops) - 2)
            ),
        ]
        return {"workflow": {"id": 9, "version": version}, "tasks": tasks, "linkages": []}

    found = diff(export("1", 11, "Send", 0, 100), export("2", 71, "Mail to all", 0, 900, 0, 0))

    assert (12, 72) in found.matches
