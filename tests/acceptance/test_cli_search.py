"""`zwm search`, as a process against the shared mirror."""

import zlib
from collections.abc import Callable

import pytest

from tests.acceptance.processes import Mirror, terminal
from workflow_mirror.fake_zuora import Server, Tenant

NOT_FOUND = "No use found in what was searched"


def host_of(tenant: Tenant) -> str:
    """Of this tenant alone."""
    return f"h{zlib.crc32(tenant.name.encode())}.example.com"


@pytest.fixture
def tenant(mirror: Mirror, zuora_server: Server, add_tenant: Callable[..., Tenant]) -> Tenant:
    tenant = add_tenant(2)
    key = min(tenant.definitions)
    task = tenant.export(key)["tasks"][0]
    name = f"Call {tenant.name}\x1b[31m"
    parameters = {
        "url": f"https://{host_of(tenant)}/v1/x",
        "code": f"one\ncall('{host_of(tenant)}') \x1b]0;title\x07",
        "password": "hush-77-hush",
    }
    tenant.edit_task(key, task["id"], changes={"name": name, "parameters": parameters})
    mirror.add_customer(tenant, zuora_server.base_url)
    mirror.run("sync-workflows", "--customer", tenant.name, "--sync")
    mirror.run("queue", "work", "--one-shot")  # which indexes it
    return tenant


def test_a_use_is_found_and_shown_where_it_is(mirror: Mirror, tenant: Tenant) -> None:
    found = mirror.json("search", f"host:{host_of(tenant)}")

    assert set(found) == {
        "query", "total", "total_is_exact", "hits", "facets", "not_searched",
    }  # fmt: skip
    assert found["total"] == 1
    [hit] = found["hits"]
    assert set(hit) == {
        "customer", "workflow_id", "workflow_zuora_id", "workflow", "task_zuora_id", "task", "kind",
        "name", "path", "line", "excerpt", "marked", "confidence", "matches",
    }  # fmt: skip
    assert (hit["customer"], hit["kind"]) == (tenant.name, "host")
    assert hit["workflow_zuora_id"] == str(min(tenant.definitions))
    assert {match["path"]: match["line"] for match in hit["matches"]} == {
        "parameters.url": 1,
        "parameters.code": 2,
    }
    assert found["facets"] == {"customer": {tenant.name: 1}, "kind": {"host": 1}}
    assert set(found["not_searched"]) == {
        "without_export", "stale_exports", "not_indexed", "unparsed_texts", "deleted",
    }  # fmt: skip


def test_people_read_hits_by_customer_workflow_and_task(mirror: Mirror, tenant: Tenant) -> None:
    done = mirror.run("search", f"host:{host_of(tenant)}")

    lines = done.out.splitlines()
    assert lines[0] == tenant.name
    assert f"(Zuora ID {min(tenant.definitions)}, ID " in lines[1]
    assert lines[2].startswith(f"    Call {tenant.name}\\x1b[31m (task ")
    assert f"      parameters.url: https://{host_of(tenant)}/v1/x" in lines
    assert "\x1b" not in done.out
    assert "1 hit" in done.err


def test_on_a_terminal_the_match_has_a_colour_and_nothing_else_moves_the_cursor(
    mirror: Mirror, tenant: Tenant
) -> None:
    with terminal(mirror, "search", f"host:{host_of(tenant)}") as shown:
        out = shown.finish()
    assert f"\x1b[1;31m{host_of(tenant)}\x1b[0m" in out
    assert "\x1b]" not in out
    assert "\x1b[31m" not in out


def test_nothing_found_is_no_error_and_says_what_was_not_searched(
    mirror: Mirror, tenant: Tenant
) -> None:
    mirror.ask("UPDATE workflows SET export_error = 'HTTP 500' WHERE zuora_id = %s RETURNING id",
               str(min(tenant.definitions)))  # fmt: skip
    done = mirror.run("search", "host:nowhere.example.com")
    assert done.out == ""
    assert NOT_FOUND in done.err
    assert "Not searched: " in done.err
    assert "whose last export failed" in done.err
    found = mirror.json("search", "host:nowhere.example.com")
    assert (found["total"], found["hits"]) == (0, [])


def test_a_secret_is_found_by_its_place_alone(mirror: Mirror, tenant: Tenant) -> None:
    done = mirror.run("search", "has:secret", "--customer", tenant.name)
    assert "parameters.password: [secret]" in done.out
    assert mirror.json("search", "hush-77-hush")["total"] == 0


def test_customers_and_a_limit_narrow_the_answer(mirror: Mirror, tenant: Tenant) -> None:
    found = mirror.json("search", "state:active", "--customer", tenant.name, "--limit", "1")
    assert (found["total"], len(found["hits"])) == (2, 1)
    done = mirror.run("search", "state:active", "--customer", tenant.name, "--limit", "1")
    assert "2 hits, 1 shown" in done.err
    mirror.refused("search", "word", "--customer", "nobody")
    mirror.refused("search", "word", "--limit", "1001", code=2)


@pytest.mark.parametrize(
    ("query", "marked", "message"),
    [
        ("type:Callout feild:x", "               ^", "Unknown key feild at column 14"),
        ('"exact text', "  ^", "The quote at column 1 is not closed"),
        ("/.*/", "  ^", "The regular expression at column 1 needs"),
        ("a\x1bb", "   ^", "Remove the invisible character U+001B at column 2"),
    ],
)
def test_an_error_in_a_query_is_marked(
    mirror: Mirror, query: str, marked: str, message: str
) -> None:
    done = mirror.run("search", query, code=2)
    lines = done.err.splitlines()
    assert lines[-1].startswith(f"zwm: {message}")
    assert lines[-2].rstrip() == marked
    assert done.out == ""
    assert mirror.run("search", query, "--json", code=2).json["error"].startswith(message)


def test_a_long_query_is_refused_in_short_lines(mirror: Mirror) -> None:
    done = mirror.run("search", "x" * 10_000, code=2)
    assert max(map(len, done.err.splitlines())) < 200
