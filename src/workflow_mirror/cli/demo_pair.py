"""The tenants of `zwm demo` that are worth comparing: a sandbox, its production, and a rollout.

Hosts and senders differ on purpose, so the web admin proposes rules for them. Other differences are
real: an edited task, a renamed workflow, missing ones, and two of one name.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflow_mirror.fake_zuora import FakeZuora, Tenant

SANDBOX, PRODUCTION, ROLLOUT = (
    "Dolomia Assicurazioni Sandbox",
    "Dolomia Assicurazioni",
    "Dolomia Assicurazioni CH",
)
ENVIRONMENTS = {SANDBOX: "sandbox", PRODUCTION: "production", ROLLOUT: "production"}
_WORKFLOWS, _SEED = 24, 7
_HOSTS = ("erp.example.com", "sftp.example.com", "@example.com")
_BY = "giulia.conti@example.com"


def add_tenants(fake: "FakeZuora") -> None:
    for name in ENVIRONMENTS:
        tenant = fake.add_tenant(name, dialect="newer")
        tenant.generate(_WORKFLOWS, seed=_SEED, variety=False)
    sandbox, production, rollout = (fake.tenants[name] for name in ENVIRONMENTS)
    _move_hosts(sandbox, "sandbox.example.com")
    _move_hosts(rollout, "ch.example.com")
    _tell_apart(sandbox, production, rollout)


def set_template() -> None:
    """Production is the template of the two others."""
    from workflow_mirror.access.customers import find_customers
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.compare.agreements import set_template as set_template_of

    keys = {one.name: one.pk for one in find_customers(EVERYTHING, list(ENVIRONMENTS))}
    for name in (SANDBOX, ROLLOUT):
        set_template_of(EVERYTHING, keys[name], keys[PRODUCTION])


def _tell_apart(sandbox: "Tenant", production: "Tenant", rollout: "Tenant") -> None:
    """The same at each start of the demo: no date moves."""
    edited, renamed, missing, lost, *_ = sandbox.definitions
    [first, *_] = sandbox.export(edited)["tasks"]
    changes = {"name": f"{first['name']} (new)"}
    sandbox.edit_task(edited, first["id"], changes=changes, touch=False)
    production.definition(renamed).name = "Promemoria ai clienti"
    production.delete(missing)
    production.add_workflow("Month-end hotfix", tasks=6, seed=99, by=_BY)
    sandbox.add_workflow(sandbox.definition(lost).name, tasks=5, seed=98, by=_BY)
    rollout.delete(edited)
    rollout.delete(lost)


def _move_hosts(tenant: "Tenant", domain: str) -> None:
    for workflow in tenant.definitions:
        for task in tenant.export(workflow)["tasks"]:
            moved = _moved(task["parameters"], domain)
            if moved != task["parameters"]:
                changes = {"parameters": moved}
                tenant.edit_task(workflow, task["id"], changes=changes, touch=False)


def _moved(value: Any, domain: str) -> Any:
    if isinstance(value, dict):
        return {key: _moved(item, domain) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, domain) for item in value]
    if not isinstance(value, str):
        return value
    for host in _HOSTS:
        value = value.replace(host, host.replace("example.com", domain))
    return value
