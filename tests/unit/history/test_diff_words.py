"""A diff as a sentence, as JSON, as Markdown and line by line."""

import re
from typing import Any

import pytest
from django.utils.translation import ngettext, override
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.history.made_exports import Export, exports
from tests.unit.history.test_diff_guarantees import QUIET
from workflow_mirror.history.diff import Piece, as_json, as_markdown, diff, pieces, sentence
from workflow_mirror.history.diff.lines import hunks
from workflow_mirror.history.diff.report import MOST_CHARACTERS, MOST_ENTRIES, report
from workflow_mirror.history.diff.result import Field

SQL = "SELECT a\nFROM b\nWHERE c = 1\n  AND d = 2\nORDER BY 1\nLIMIT 5\nOFFSET 3\n-- end\n--\n---"


def export(*tasks: Export, **workflow: Any) -> Export:
    return {"workflow": {"id": 9, "name": "Dunning"} | workflow, "tasks": list(tasks)}


def task(id_: int, name: str = "Get", **parameters: Any) -> Export:
    return {"id": id_, "name": name, "action_type": "Query", "parameters": parameters}


def text_field(before: str, after: str) -> Field:
    return Field("parameters.query", before, after, keys=(before, after))


def test_the_sentence_counts_each_task_once() -> None:
    before = export(task(1, a="b"), task(2, "Old"), task(3, "Gone", z="z"))
    after = export(task(1, a="c"), task(2, "New"), interval="0 0 * * *")

    assert sentence(pieces(diff(before, after))) == (
        "1 task edited, 1 task renamed, 1 task removed, 1 workflow setting changed"
    )


def test_the_sentence_of_equal_documents() -> None:
    assert sentence(pieces(diff(export(), export()))) == "No differences"


@pytest.mark.parametrize("n", [1, 2])
def test_every_piece_has_its_italian_text(n: int) -> None:
    codes = (
        "edited", "renamed", "retyped", "format", "added", "removed", "moved",
        "edges_added", "edges_removed", "settings",
    )  # fmt: skip
    for code in codes:
        piece = Piece(code, n)  # type: ignore[arg-type]  # one of the codes
        with override("it"):
            italian = sentence([piece], ngettext)
        assert str(n) in italian
        assert italian != sentence([piece])
    with override("it"):
        assert sentence([], ngettext) == "Nessuna differenza"


def test_json_has_the_shape_of_the_design() -> None:
    links = {"source_task_id": None, "linkage_type": "Start", "source_workflow_id": 9}
    before = export(task(1, a="b")) | {"linkages": [links | {"target_task_id": 1}]}
    after = export(task(1, a="c"), task(2, "New", b="c")) | {
        "linkages": [links | {"target_task_id": 2}]
    }

    document = as_json(diff(before, after), matches=True)

    assert {key: document[key] for key in ("equal", "summary", "workflow", "matches")} == {
        "equal": False,
        "summary": {
            "tasks": {"added": 1, "removed": 0, "changed": 1, "moved": 0, "unchanged": 0},
            "edges": {"added": 1, "removed": 1},
            "workflow": 0,
            "text": "1 task edited, 1 task added, 1 link added, 1 link removed",
        },
        "workflow": [],
        "matches": [[1, 1]],
    }
    assert document["tasks"] == [
        {
            "change": "changed",
            "before": {"id": 1, "name": "Get", "action_type": "Query"},
            "after": {"id": 1, "name": "Get", "action_type": "Query"},
            "kinds": ["edited"],
            "fields": [{"path": "parameters.a", "before": "b", "after": "c"}],
        },
        {
            "change": "added",
            "before": None,
            "after": {"id": 2, "name": "New", "action_type": "Query"},
            "kinds": [],
            "fields": [],
        },
    ]
    assert document["edges"] == [
        {
            "change": "removed",
            "type": "Start",
            "source": None,
            "target": {"before": 1, "after": 1, "name": "Get"},
        },
        {
            "change": "added",
            "type": "Start",
            "source": None,
            "target": {"before": None, "after": 2, "name": "New"},
        },
    ]
    assert "matches" not in as_json(diff(before, after))


def test_only_the_lines_around_a_change_are_told() -> None:
    [hunk] = hunks(text_field(SQL, SQL.replace("d = 2", "d = 3")), context=1)

    assert [line.sign + line.text for line in hunk] == [
        " WHERE c = 1",
        "-  AND d = 2",
        "+  AND d = 3",
        " ORDER BY 1",
    ]


@QUIET
@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_hunks_hold_every_line_that_differs_and_mirror_each_other(
    one: list[str], two: list[str]
) -> None:
    before, after = "\n".join(one), "\n".join(two)
    every = [line for hunk in hunks(text_field(before, after), context=99) for line in hunk]

    if before != after:
        assert [line.text for line in every if line.sign != "+"] == before.split("\n")
        assert [line.text for line in every if line.sign != "-"] == after.split("\n")
    back = [line for hunk in hunks(text_field(after, before), context=99) for line in hunk]
    turned = {"+": "-", "-": "+", " ": " "}
    assert sorted((turned[line.sign], line.text) for line in back) == sorted(every)


def test_a_line_with_a_reference_to_the_same_task_is_no_change() -> None:
    def version(id_: int, own: int, word: str) -> Export:
        code = f"file: Invoice__{own}.csv\n{word}\nend"
        return export(task(own, "Get"), task(own + 1, "Use", code=code), id=id_)

    found = diff(version(9, 501, "old"), version(10, 801, "new"))

    [[*hunk]] = hunks(found.tasks[0].fields[0])
    assert [line.sign + line.text for line in hunk] == [
        " file: Invoice__801.csv",
        "-old",
        "+new",
        " end",
    ]


def test_json_in_one_line_is_compared_line_by_line() -> None:
    field = text_field('{"a": 1, "b": 2.50}', '{"a": 1, "b": 2.60}')

    [hunk] = hunks(field, context=0)
    assert [line.sign + line.text for line in hunk] == ['-  "b": 2.50', '+  "b": 2.60']


def test_a_very_long_text_is_told_as_one_block() -> None:
    lines = ["a", "b"] * 3000

    [hunk] = hunks(text_field("\n".join(lines), "\n".join(["c", *lines[::-1]])))
    assert len(hunk) == 12_001


@QUIET
@given(exports(), exports())
def test_markdown_is_printable_and_its_code_blocks_are_closed(one: Export, two: Export) -> None:
    text = as_markdown(diff(one, two), layout=True)

    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("```") % 2 == 0


@pytest.mark.parametrize(
    "name",
    ["[a](https://x)", "`` ` ``", "<script>", "@team", "# x", "a\n# b", "\x1b[2J", "| a | b |"],
)
def test_nothing_in_a_name_becomes_markup(name: str) -> None:
    text = as_markdown(diff(export(), export(task(1, name), name=name)))

    without_blocks = re.sub(r"\n  (`{3,})diff\n.*?\n  \1\n", "", text, flags=re.DOTALL)
    without_code = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", without_blocks)
    assert not set("[]<>@|\x1b") & set(without_code)
    assert [line for line in text.split("\n") if line.startswith("# ")] == []


def test_a_code_block_in_a_text_does_not_end_that_of_the_diff() -> None:
    text = as_markdown(diff(export(task(1, a="x\n```\ny")), export(task(1, a="x\n```\nz"))))

    assert text.count("````diff") == 1
    assert text.rstrip().endswith("````")


def test_the_report_is_bounded_however_much_differs_and_the_json_is_complete() -> None:
    before = export(task(1))
    many = [task(id_, f"Task {id_}", a=f"{id_}") for id_ in range(2, 5002)]
    links = [
        {"source_task_id": one["id"], "target_task_id": 70_000 + one["id"], "linkage_type": "True"}
        for one in many
    ]
    found = diff(before, export(task(1)) | {"tasks": many, "linkages": links})

    lines = [line.text for line in report(found)]

    assert len(lines) < 3 * MOST_ENTRIES + 10
    cut = [line for line in lines if line.startswith("... ")]
    assert cut == ["... 4002 more", "... 4001 more", "... 4000 more"]  # warnings, tasks, links
    assert len(as_markdown(found).splitlines()) < 3 * MOST_ENTRIES + 30
    document = as_json(found)
    assert (len(document["tasks"]), len(document["edges"])) == (5001, 5000)


def test_a_long_line_is_cut_and_says_so() -> None:
    found = diff(export(task(1, a="x")), export(task(1, a="y" * 9000)))

    assert max(len(line.text) for line in report(found)) < MOST_CHARACTERS + 40
    assert "more characters" in as_markdown(found)
    assert as_json(found)["tasks"][0]["fields"][0]["after"] == "y" * 9000


def test_many_fields_of_one_task_are_cut_and_say_so() -> None:
    fields = {f"key {number:04}": "x" for number in range(MOST_ENTRIES + 7)}
    found = diff(export(task(1)), export(task(1, **fields)))

    assert [line.text for line in report(found)][-1] == "... 7 more"
