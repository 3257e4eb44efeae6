"""The client of Zuora can read, and its source shows that it can do nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import workflow_mirror.zuora

SOURCES = sorted(Path(workflow_mirror.zuora.__path__[0]).glob("**/*.py"))
VERBS = {"get", "post", "put", "patch", "delete", "options", "head", "trace", "connect"}
SENDERS = {"request", "stream", "send", "build_request", "websocket"}


def nodes() -> Iterator[ast.AST]:
    for path in SOURCES:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def texts() -> list[str]:
    return [
        node.value
        for node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def calls(names: set[str]) -> list[str]:
    """Calls of methods of these names, without those of plain dictionaries and headers."""
    return [
        ast.unparse(node.func)
        for node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    ]


def test_the_only_verbs_are_get_and_the_post_of_the_token() -> None:
    verbs = [text for text in texts() if text.isupper() and text.lower() in VERBS]
    sends = [ast.unparse(node) for node in nodes() if is_call_of_send(node)]

    assert sorted(verbs) == ["GET", "POST"]
    assert sorted(sends) == [
        "self._send(operation, 'GET', path, params=query or None, auth=self._auth)",
        "self._send(operation, 'POST', '/oauth/token', data=form, auth=None, extensions=on_wait)",
    ]


def is_call_of_send(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "self._send"


def test_requests_leave_through_one_door() -> None:
    assert calls(SENDERS) == ["self._http.request"]
    # Below the door, a request is handed on as it came.
    assert calls({"handle_request", "Request"}) == [
        "self._pool.handle_request",
        "httpcore2.Request",
    ]


def test_no_verb_is_called_as_a_method() -> None:
    """`get` is a dictionary's and a header's, too; those of a client would be `_http.get`."""
    called = calls(VERBS)

    assert {name.rpartition(".")[2] for name in called} <= {"get"}
    assert not [name for name in called if "http" in name.lower()]


def test_no_path_that_changes_something_is_known() -> None:
    assert {text for text in texts() if text.startswith("/") and text != "/"} == {
        "/export",
        "/oauth/token",
        "/workflows",
        "/workflows/",
    }


def test_only_the_client_module_makes_an_http_client() -> None:
    made = [ast.unparse(node) for node in nodes() if isinstance(node, ast.Call)]

    assert len([call for call in made if call.startswith("httpx2.Client(")]) == 1
    assert not [call for call in made if "urlopen" in call or "AsyncClient" in call]
