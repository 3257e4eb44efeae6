"""What a comparison promises, whatever the exports, names and rules are (DESIGN.md section 9)."""

import json
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.history.made_exports import Export, exports, with_new_ids
from workflow_mirror.compare.expected import judge
from workflow_mirror.compare.outcome import outcome_of
from workflow_mirror.compare.pairing import Paired, paired
from workflow_mirror.compare.result import SAME, Row, row_of, summary
from workflow_mirror.compare.rules import PATH, PREFIX, SCHEDULE, TEXT, Kind, Rule, hash_of_rules
from workflow_mirror.history.diff import as_json, diff

QUIET = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.sampled_from(("a", "b", "erp.example.com", "erp", "Id", "1", "Get", "Send"))
PATHS = st.sampled_from(("tasks.parameters.url", "tasks.*", "tasks.name", "workflow", "*.tags"))
NAMES = st.sampled_from(("Dunning", "SB - Dunning", "SB - ", "", "Invoices", "SB - Invoices", "x"))


class Workflow(NamedTuple):
    key: str
    name: str

    @property
    def id(self) -> str:
        return self.key

    @property
    def zuora_id(self) -> str:
        return self.key


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    def one(kind: Kind) -> Rule:
        if kind == SCHEDULE:
            return Rule(kind)
        return Rule(kind, draw(PATHS)) if kind == PATH else Rule(kind, draw(WORDS), draw(WORDS))

    kinds = draw(st.lists(st.sampled_from((TEXT, TEXT, PATH, SCHEDULE)), max_size=4))
    return [one(kind) for kind in kinds]


@st.composite
def sides(draw: st.DrawFn) -> list[Workflow]:
    names = draw(st.lists(NAMES, max_size=6))
    return [Workflow(str(place), name) for place, name in enumerate(names)]


LINKS = st.dictionaries(st.sampled_from("0123"), st.sampled_from("0123"), max_size=3).filter(
    lambda links: len({*links.values()}) == len(links)
)
PREFIXES = st.sampled_from(([], [Rule(PREFIX, "SB - ", "")], [Rule(PREFIX, "", "SB - ")]))


@QUIET
@given(exports(), exports(), rules())
def test_the_outcome_of_b_and_a_mirrors_that_of_a_and_b(
    one: Export, two: Export, agreed: list[Rule]
) -> None:
    turned = [rule.turned for rule in agreed]

    assert outcome_of(one, two, agreed).mirrored == outcome_of(two, one, turned)


@QUIET
@given(exports(), rules())
def test_an_export_is_the_same_as_itself_in_another_tenant(
    export: Export, agreed: list[Rule]
) -> None:
    outcome = outcome_of(export, with_new_ids(export), agreed)

    assert outcome.is_same
    assert outcome.expected == 0


@QUIET
@given(exports(), exports(), rules(), rules())
def test_a_rule_only_ever_takes_differences_away(
    one: Export, two: Export, agreed: list[Rule], more: list[Rule]
) -> None:
    found = diff(one, two)
    before, after = judge(found, agreed), judge(found, agreed + more)

    assert told(after.different) <= told(before.different)
    assert len(after.expected) >= len(before.expected)
    if before.different.equal():
        assert after.different.equal()


@QUIET
@given(exports(), exports(), rules())
def test_each_difference_is_either_left_or_expected(
    one: Export, two: Export, agreed: list[Rule]
) -> None:
    found = diff(one, two)
    judged = judge(found, agreed)

    def fields(of: Any) -> int:
        renamed = sum("renamed" in task.kinds for task in of.tasks)
        return len(of.workflow) + sum(len(task.fields) for task in of.tasks) + renamed

    assert fields(judged.different) + len(judged.expected) == fields(found)


def told(found: Any) -> set[str]:
    """Each difference of a diff as text."""
    document = as_json(found)
    told_tasks = {
        json.dumps([task["before"], task["after"], field])
        for task in document["tasks"]
        for field in [task["change"], *task["kinds"], *task["fields"]]
    }
    rest = (json.dumps(one) for one in document["workflow"] + document["edges"])
    return told_tasks | {*rest}


@QUIET
@given(sides(), sides(), LINKS, PREFIXES)
def test_pairs_of_b_and_a_mirror_those_of_a_and_b(
    one: list[Workflow], two: list[Workflow], links: dict[str, str], agreed: list[Rule]
) -> None:
    forth = paired(one, two, links, agreed)
    back = paired(
        two,
        one,
        {other: mine for mine, other in links.items()},
        [rule.turned for rule in agreed],
    )

    assert sorted(map(str, forth)) == sorted(
        str(Paired(pair.target, pair.source, pair.by)) for pair in back
    )


@QUIET
@given(sides(), sides(), LINKS, PREFIXES)
def test_every_workflow_is_in_exactly_one_pair(
    one: list[Workflow], two: list[Workflow], links: dict[str, str], agreed: list[Rule]
) -> None:
    pairs = paired(one, two, links, agreed)

    assert sorted(pair.source for pair in pairs if pair.source) == sorted(one)
    assert sorted(pair.target for pair in pairs if pair.target) == sorted(two)
    assert all(pair.source or pair.target for pair in pairs)


@QUIET
@given(sides(), sides(), PREFIXES)
def test_a_prefix_takes_no_counterpart_away(
    one: list[Workflow], two: list[Workflow], agreed: list[Rule]
) -> None:
    def whole(pairs: list[Paired[Workflow]]) -> set[Paired[Workflow]]:
        return {pair for pair in pairs if pair.source and pair.target}

    assert whole(paired(one, two)) <= whole(paired(one, two, rules=agreed))


@QUIET
@given(st.lists(exports(), min_size=1, max_size=3), rules())
def test_a_tenant_is_the_same_as_itself(documents: list[Export], agreed: list[Rule]) -> None:
    side = [Workflow(str(place), f"W{place}") for place in range(len(documents))]
    rows: list[Row[Workflow]] = []
    for pair in paired(side, side):
        assert pair.source == pair.target
        export = documents[int(pair.source.key)] if pair.source else {}
        rows.append(row_of(pair, outcome_of(export, export, agreed)))

    assert summary(rows)[SAME] == len(documents) == sum(summary(rows).values())


@given(rules())
def test_the_hash_of_rules_does_not_depend_on_their_order(agreed: list[Rule]) -> None:
    assert hash_of_rules(agreed) == hash_of_rules(reversed(agreed * 2))
