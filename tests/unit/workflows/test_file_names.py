"""Paths in an archive of exports: safe on every system, and no two alike."""

import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from workflow_mirror.workflows.file_names import archive_path

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
LONGEST = 208  # of the 260 that Windows' own programs can open, with the folder around it

text = st.text(max_size=90) | st.sampled_from(
    [
        "",
        "CON",
        "nul",
        "a/b",
        "a\\b",
        "..",
        "x.",
        "x ",
        "X",
        "x",
        "x-1",
        "x-draft",
        "請求書",
        "a" * 300,
    ]
)
hashes = st.sampled_from(["1" * 64, "2" * 64])


@st.composite
def stored_exports(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Active versions and drafts; a workflow's key and its customer's Zuora ID are its own."""
    keys = draw(st.lists(st.integers(1, 2**40), unique=True, min_size=2, max_size=6))
    customers = draw(
        st.dictionaries(st.integers(1, 2**40), text, min_size=1, max_size=3).map(
            lambda found: list(found.items())
        )
    )
    exports, taken = [], set()
    for key in keys:
        customer_id, customer = draw(st.sampled_from(customers))
        zuora_id = draw(text | st.integers(0, 30).map(str))
        if (customer_id, zuora_id) in taken:
            continue
        taken.add((customer_id, zuora_id))
        common = {"customer": customer, "customer_id": customer_id, "workflow_id": key}
        common |= {"zuora_id": zuora_id, "name": draw(text)}
        exports += [
            common | {"version": draw(text), "is_draft": kind, "content_hash": draw(hashes)}
            for kind in (False, True)
        ]
    return exports


@given(stored_exports())
@example(
    [
        {"customer": name, "customer_id": key, "workflow_id": key, "zuora_id": "7", "name": "x"}
        | {"version": "1", "is_draft": False, "content_hash": "1" * 64}
        for key, name in enumerate(["Rossi", "rossi", "Rossi!", "rossi-1", "rossi-1-1"])
    ]
)
@example(
    [
        {"customer": "Rossi", "customer_id": 1, "workflow_id": key, "zuora_id": one, "name": ""}
        | {"version": "", "is_draft": False, "content_hash": "1" * 64}
        for key, one in enumerate(["A", "a", "a/", "12", "12 ", "", "-12"])
    ]
)
def test_no_two_paths_are_alike_and_each_is_safe_on_windows(exports: list[dict[str, Any]]) -> None:
    paths = [archive_path(**export) for export in exports]
    assert len({path.casefold() for path in paths}) == len(paths)
    for path in paths:
        folder, name = path.split("/")
        for part in (folder, name):
            assert re.fullmatch(r"[a-z0-9_][a-z0-9_.-]*[a-z0-9]", part), path
            assert not RESERVED.match(part)
        assert name.endswith(".json")
        assert len(path) <= LONGEST


def test_a_path_names_customer_id_name_and_version() -> None:
    export: dict[str, Any] = {
        "customer": "Rossi S.p.A.",
        "customer_id": 3,
        "workflow_id": 17,
        "zuora_id": "4711",
    }
    export |= {"name": "Dunning à", "version": "0.0.2", "content_hash": "1f3c5a7b9d0e" + "0" * 52}
    assert archive_path(**export, is_draft=False) == (
        "rossi-spa-3/rossi-spa-4711-dunning-a-v0.0.2-1f3c5a7b9d0e.json"
    )
    assert "-v0.0.2-draft-1f3c" in archive_path(**export, is_draft=True)
