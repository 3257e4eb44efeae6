"""The tenants of `zwm demo` that are worth comparing: a sandbox, its production, and a rollout.

Hosts and senders differ on purpose: a rule covers those of the rollout, and the web admin proposes
one for the sandbox. Other differences are real: an edited task, a renamed workflow, missing ones,
and two of one name.
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
_SANDBOX_DOMAIN, _ROLLOUT_DOMAIN = "sandbox.example.com", "ch.example.com"
_BY = "giulia.conti@example.com"


def add_tenants(fake: "FakeZuora") -> None:
    for name in ENVIRONMENTS:
        tenant = fake.add_tenant(name, dialect="newer")
        tenant.generate(_WORKFLOWS, seed=_SEED, variety=False)
    sandbox, production, rollout = (fake.tenants[name] for name in ENVIRONMENTS)
    _move_hosts(sandbox, _SANDBOX_DOMAIN)
    _move_hosts(rollout, _ROLLOUT_DOMAIN)
    _tell_apart(sandbox, production, rollout)


def settle() -> None:
    """Production is the template of the two others; of the rollout, the hosts are expected."""
    from workflow_mirror.access.customers import find_customers
    from workflow_mirror.access.scope import EVERYTHING
    from workflow_mirror.compare.agreements import add_rule, of_pair, rules_in, set_template

    keys = {one.name: one.pk for one in find_customers(EVERYTHING, list(ENVIRONMENTS))}
    template, rollout = keys[PRODUCTION], keys[ROLLOUT]
    for customer in (keys[SANDBOX], rollout):
        set_template(EVERYTHING, customer, template)
    if not of_pair(rules_in(EVERYTHING), template, rollout).exists():
        add_rule(
            EVERYTHING,
            source=template,
            target=rollout,
            kind="host",
            source_text="example.com",
            target_text=_ROLLOUT_DOMAIN,
            by="demo",
        )


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
