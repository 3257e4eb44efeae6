"""zwm customers, with real processes and a real fake Zuora."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.acceptance.processes import Mirror, side_by_side, terminal
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant

CUSTOMER_KEYS = {
    "id", "name", "environment", "base_url", "client_id", "entity_id", "org_ids", "is_active",
    "needs_attention", "created_at",
}  # fmt: skip
CHECK_KEYS = {
    "token", "list_workflows", "export_workflows", "entities", "problem", "is_refusal", "is_good",
}  # fmt: skip


def add(tenant: Tenant, base_url: str, name: str = "") -> list[str]:
    """The words of `customers add`; the secret goes to standard input."""
    options = ["--base-url", base_url, "--client-id", tenant.client_id, "--client-secret-stdin"]
    return ["customers", "add", name or tenant.name, *options]


@pytest.fixture
def tenant(mirror: Mirror, add_tenant: Callable[..., Tenant]) -> Tenant:
    """A tenant that is no customer yet."""
    tenant = add_tenant(3)
    mirror.secrets.add(tenant.client_secret)
    return tenant


@pytest.fixture
def url(zuora_server: Server) -> str:
    return zuora_server.base_url


def is_listed(mirror: Mirror, name: str) -> bool:
    return any(one["name"] == name for one in mirror.json("customers", "list")["customers"])


def test_a_customer_is_added_checked_changed_and_removed(
    mirror: Mirror, tenant: Tenant, url: str
) -> None:
    added = mirror.json(*add(tenant, url), input=f"{tenant.client_secret}\n")
    assert set(added) == {"customer", "check", "job"}
    assert set(added["customer"]) == CUSTOMER_KEYS
    assert set(added["check"]) == CHECK_KEYS
    assert added["check"]["is_good"]

    checked = mirror.json("customers", "check", tenant.name)
    assert set(checked) == {"customer"} | CHECK_KEYS
    assert (checked["customer"], checked["export_workflows"]) == (tenant.name, True)

    changed = mirror.json(
        "customers", "update", tenant.name, "--environment", "sandbox", "--inactive"
    )
    assert changed["customer"]["environment"] == "sandbox"
    assert changed["customer"]["is_active"] is False
    [listed] = [
        one for one in mirror.json("customers", "list")["customers"] if one["name"] == tenant.name
    ]
    assert listed == changed["customer"]

    mirror.sync(tenant.name)
    removed = mirror.json("customers", "remove", tenant.name, "--yes")
    assert removed == {"removed": tenant.name, "workflows": 3, "tasks": 12, "exports": 3}
    assert not is_listed(mirror, tenant.name)


def test_people_read_a_table_and_plain_words(mirror: Mirror, tenant: Tenant, url: str) -> None:
    added = mirror.run(*add(tenant, url), input=tenant.client_secret)
    assert added.out == f"{tenant.name} added\n"
    listed, checked = (
        done.out
        for done in mirror.run_all(["customers", "list"], ["customers", "check", tenant.name])
    )
    assert listed.splitlines()[0].split() == [
        "NAME", "ENVIRONMENT", "BASE", "URL", "ACTIVE", "NEEDS", "ATTENTION",
    ]  # fmt: skip
    assert f"\n{tenant.name} " in listed
    assert "export a workflow  works" in checked
    changed = mirror.run("customers", "update", tenant.name, "--org-ids", "")
    assert changed.out == f"{tenant.name} changed\n"
    removed = mirror.run("customers", "remove", tenant.name, "--yes")
    assert removed.out == f"{tenant.name} removed\n"


def test_the_secret_is_asked_for_on_a_terminal_and_not_shown(
    mirror: Mirror, tenant: Tenant, url: str
) -> None:
    with terminal(mirror, *add(tenant, url)[:-1]) as shown:
        shown.expect("Client secret: ")
        shown.type(f"{tenant.client_secret}\n")
        assert f"{tenant.name} added" in shown.finish()


def test_remove_asks_on_a_terminal_with_the_numbers(
    mirror: Mirror, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(3)
    mirror.sync(tenant.name)
    question = f"Remove {tenant.name} with 3 workflows, 12 tasks and 3 stored exports? [y/N] "
    with terminal(mirror, "customers", "remove", tenant.name) as shown:
        shown.expect(question)
        shown.type("\n")
        assert "zwm: Nothing was done" in shown.finish(code=1)
    with terminal(mirror, "customers", "remove", tenant.name) as shown:
        shown.expect(question)
        shown.type("y\n")
        assert f"{tenant.name} removed" in shown.finish()


def test_remove_without_a_terminal_wants_yes(
    mirror: Mirror, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(1)
    said = mirror.refused("customers", "remove", tenant.name, code=2)
    assert "with 0 workflows, 0 tasks and 0 stored exports?" in said
    assert "--yes" in said
    assert is_listed(mirror, tenant.name)


def test_ctrl_c_at_the_question_changes_nothing(
    mirror: Mirror, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(1)
    with terminal(mirror, "customers", "remove", tenant.name) as shown:
        shown.expect("[y/N] ")
        shown.type("\x03")
        assert shown.finish(code=130).endswith("Stopped\n")
    assert is_listed(mirror, tenant.name)


def test_refused_credentials_are_not_saved(mirror: Mirror, tenant: Tenant, url: str) -> None:
    said = mirror.refused(*add(tenant, url), input="wrong")
    assert said.startswith(f"{tenant.name} was not saved. Invalid credentials")
    assert not is_listed(mirror, tenant.name)


def test_check_of_refused_credentials_fails_and_says_what_is_refused(
    mirror: Mirror, zuora: FakeZuora, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(1)
    zuora.fail("bad_credentials", tenant=tenant, times=None)
    command = ["customers", "check", tenant.name]
    done, shown = mirror.run_all([*command, "--json"], command, code=1)
    assert done.json["token"] is False
    assert done.json["problem"].startswith("Invalid credentials")
    assert "token              refused" in shown.out
    assert "Invalid credentials" in shown.err


def test_a_name_is_taken_once(mirror: Mirror, tenant: Tenant, url: str) -> None:
    mirror.run(*add(tenant, url), input=tenant.client_secret)
    said = mirror.refused(*add(tenant, url), input=tenant.client_secret)
    assert said == f"There is a customer '{tenant.name}' already"


FORBIDDEN = {
    "http://rest.zuora.com": "The base URL must start with https://",
    "https://127.0.0.1:8070": "127.0.0.1 is a private or loopback address",
    "https://example.com": "example.com is not a host of zuora.com",
    "https://rest.zuora.com/v1": "The base URL must end after the host",
    "rest.zuora.com": "The base URL must look like",
}


def test_a_base_url_that_cannot_be_is_wrong_use(mirror: Mirror, tenant: Tenant) -> None:
    local = {"ZWM_ZUORA_ALLOW_LOCAL": "0"}

    def refuse(url: str) -> str:
        return mirror.refused(*add(tenant, url), code=2, input="secret", environ=local)

    for said, reason in zip(side_by_side(refuse, FORBIDDEN), FORBIDDEN.values(), strict=True):
        assert said.startswith(reason)


UNKNOWN = (
    "customers check Nobody",
    "customers remove Nobody --yes",
    "customers update Nobody --active",
    "sync-workflows --sync --customer Nobody",
    "workflows list --customer Nobody",
)


def test_an_unknown_customer_is_named(mirror: Mirror) -> None:
    said = side_by_side(lambda command: mirror.refused(*command.split()), UNKNOWN)
    assert said == ["There is no customer 'Nobody'; see zwm customers list"] * len(UNKNOWN)


class WebPage(BaseHTTPRequestHandler):
    """A web server that is not Zuora."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)  # type: ignore[attr-defined]  # set below
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html><body>Welcome</body></html>")

    def log_message(self, *_arguments: object) -> None:
        """Nothing in the tests' output."""


@pytest.fixture(params=[200, 404])
def web_page(request: pytest.FixtureRequest) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), WebPage)
    server.status = request.param  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_host_that_is_not_zuora_is_named_as_such(
    mirror: Mirror, tenant: Tenant, web_page: str
) -> None:
    mirror.add_customer(tenant, web_page)
    done = mirror.run("customers", "check", tenant.name, "--json", code=1)
    assert "a web page instead of JSON" in done.json["problem"]
    assert not done.json["is_good"]


def test_an_unreachable_zuora_hinders_no_saving_but_is_told(mirror: Mirror, tenant: Tenant) -> None:
    closed = "http://127.0.0.1:9"
    added = mirror.run(*add(tenant, closed), input=tenant.client_secret)
    assert added.out == f"{tenant.name} added\n"
    assert "Could not check its credentials: Zuora did not answer" in added.err
    assert (
        "Zuora did not answer" in mirror.json("customers", "check", tenant.name, code=1)["problem"]
    )
