import pytest

from workflow_mirror.fake_zuora.operations import Operation, find_operation


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/oauth/token", Operation("token")),
        ("GET", "/workflows", Operation("list")),
        ("GET", "/workflows/48", Operation("get", 48)),
        ("GET", "/workflows/48/export", Operation("export", 48)),
        ("GET", "/workflows/48/versions", Operation("versions", 48)),
        ("GET", "/workflows/abc", Operation("get")),
        ("GET", "/workflows/" + "9" * 30, Operation("get")),
        ("GET", "/workflows/tasks", Operation("tasks")),
        ("GET", "/workflows/metrics.json", Operation("metrics")),
        ("POST", "/workflows/48/run", Operation("run", 48)),
        ("POST", "/workflows/import", Operation("import")),
        ("POST", "/workflows/48/versions/import", Operation("import_version", 48)),
        ("PATCH", "/workflows/48", Operation("patch", 48)),
        ("DELETE", "/workflows/48", Operation("delete", 48)),
        ("DELETE", "/workflows/versions/48", Operation("delete_version")),
        ("POST", "/workflows/tasks/7/rerun", Operation("rerun")),
        ("PUT", "/workflows/tasks/batch_update", Operation("batch_update")),
        ("GET", "/v1/workflows", Operation("unknown")),
        ("POST", "/workflows", Operation("unknown")),
    ],
)
def test_an_operation_is_known_by_method_and_path(
    method: str, path: str, operation: Operation
) -> None:
    assert find_operation(method, path) == operation
