"""Pages and commands ask functions below them, which take a scope: `web` and `cli` query no model.

What Django's admin does with a queryset that it was given (filter, sort, count) is not meant.
"""

import ast
from pathlib import Path

import workflow_mirror

PACKAGE = Path(workflow_mirror.__file__).parent
MANAGERS = {"objects", "_default_manager", "_base_manager", "through"}
FUNCTIONS = {"get_object_or_404", "get_list_or_404"}
ALLOWED = {
    "web/people/log_ins.py": "counts failed log-ins, before anybody is logged in",
    "web/kit/preferences.py": "reads the user's own row of a model of the web itself",
    "web/kit/saved_views.py": "reads a model of the web itself; its callers give the user's scope",
    "cli/demo_story.py": "makes the rows of the demo, which has a database of its own, older",
}


def queries(source: str) -> list[int]:
    """The lines that start a query from a model."""
    found = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in MANAGERS)
        or (isinstance(node, ast.Name) and node.id in FUNCTIONS)
    ]
    return sorted(found)


def test_web_and_cli_start_no_query_from_a_model() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}": lines
        for surface in ("web", "cli")
        for path in (PACKAGE / surface).rglob("*.py")
        if "migrations" not in path.parts and (lines := queries(path.read_text()))
    }
    assert found.keys() == ALLOWED.keys(), found


def test_a_query_is_found() -> None:
    assert queries("Customer.objects.all()") == [1]
    assert queries("x = 1\nCustomer._default_manager.get()") == [2]
    assert queries("get_object_or_404(Customer, pk=1)") == [1]
    assert queries("rows.filter(pk=1)") == []
