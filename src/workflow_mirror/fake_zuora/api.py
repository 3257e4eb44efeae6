"""Zuora's normal responses and its own error responses (API.md sections 2 to 4)."""

import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlencode
from uuid import uuid4

from workflow_mirror.fake_zuora import answers
from workflow_mirror.fake_zuora.answers import Answer, json_answer
from workflow_mirror.fake_zuora.calls import Call, int_or
from workflow_mirror.fake_zuora.definitions import Definition
from workflow_mirror.fake_zuora.operations import READS
from workflow_mirror.fake_zuora.options import TenantOptions
from workflow_mirror.fake_zuora.rows import list_row, single_row, version_row
from workflow_mirror.fake_zuora.tenants import Tenant

DEFAULT_PAGE_LENGTH = 20
MAX_PAGE_LENGTH = 50
VERSION_TEXT = re.compile(r"\d+(?:\.\d+)?(?:\.\d+)?", re.ASCII)
_FILTERS = ("name", "callout_trigger", "ondemand_trigger", "scheduled_trigger", "interval")


def answer(call: Call) -> Answer:
    """Answer a call without faults. Runs under the fake's lock."""
    if call.operation.name == "token":
        return token_answer(call)
    refusal = refuse(call)
    if refusal is not None or call.tenant is None:
        return refusal or answers.unauthorized()
    if call.operation.name in READS:
        return _READERS[call.operation.name](call, call.tenant)
    return unsupported(call)


def unsupported(call: Call) -> Answer:
    """Reject operations that the fake does not support, above all writes, which a mirror must
    never attempt.
    """
    if call.request.method != "GET":
        return answers.gateway_error(405, 50000045, "Method not allowed.")
    return answers.gateway_error(404, 50000040, f"No such resource: {call.request.path}")


# The token


def token_answer(call: Call) -> Answer:
    """Answer POST /oauth/token."""
    limit = call.fake.token_limit_per_minute
    if limit is not None and call.token_calls > limit:
        return answers.token_rate_limited(limit)
    form = call.request.form()
    if form.get("grant_type") != "client_credentials":
        return json_answer({"error": "unsupported_grant_type"}, 400)
    tenant = call.tenant
    known = tenant is not None and secrets.compare_digest(
        form.get("client_secret", "").encode(), tenant.client_secret.encode()
    )
    if tenant is None or not known:
        return answers.bad_credentials(call.fake.bad_credentials_body)
    result = _issue_token(call, tenant)
    if limit is not None:
        result.headers["X-RateLimit-Limit-minute"] = str(limit)
        result.headers["X-RateLimit-Remaining-minute"] = str(limit - call.token_calls)
    return result


def _issue_token(call: Call, tenant: Tenant) -> Answer:
    token = call.fake.tokens.issue(tenant, call.fake.clock.monotonic())
    scope = ["user.7c4d5433dc234c369a01b9719ecd059f"]
    scope += [f"entity.{entity}" for entity in tenant.options.entities]
    scope += ["service.echo.read", f"tenant.{tenant.number}"]
    return json_answer(
        {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": int(tenant.options.token_lifetime),
            "scope": " ".join(scope),
            "jti": uuid4().hex,
        }
    )


# Error responses


def refuse(call: Call) -> Answer | None:
    """Check in this order: token, concurrency, rate, entity and org, permission."""
    tenant = call.tenant
    token = call.token
    if tenant is None or token is None or not token.is_valid(call.fake.clock.monotonic()):
        return answers.unauthorized(call.fake.unauthorized_body)
    options = tenant.options
    if options.max_concurrent is not None and call.concurrent > options.max_concurrent:
        return answers.concurrency_limited(options.concurrency_retry_after)
    if call.spending is not None and call.spending.exceeded:
        reset = call.spending.reset
        retry_after = reset if options.rate_retry_after else None
        return answers.rate_limited(call.spending.nearest, reset, retry_after)
    if not (_entity_fits(call, options) and _orgs_fit(call, options) and _permitted(call, options)):
        return answers.forbidden(call.fake.forbidden_body)
    return None


def _entity_fits(call: Call, options: TenantOptions) -> bool:
    """With several entities, the call must name one; the token must cover any that it names."""
    if not call.entity:
        return len(options.entities) <= 1
    return call.entity in options.entities


def _wanted_orgs(call: Call) -> set[str]:
    text = call.request.headers.get("zuora-org-ids", "")
    return {org.strip() for org in text.split(",") if org.strip()}


def _orgs_fit(call: Call, options: TenantOptions) -> bool:
    return _wanted_orgs(call) <= set(options.orgs)


def _permitted(call: Call, options: TenantOptions) -> bool:
    if not options.workflow_access:
        return False
    return not (options.view_only and call.operation.name == "export")


# Reading


def list_workflows(call: Call, tenant: Tenant) -> Answer:
    """Answer GET /workflows: the requested page."""
    return list_page(call, tenant, call.page)


def list_page(call: Call, tenant: Tenant, page: int) -> Answer:
    """Answer with page number `page` of the listing that the call requests."""
    options = tenant.options
    length = int_or(call.request.query.get("page_length"), DEFAULT_PAGE_LENGTH) or 1
    if length > MAX_PAGE_LENGTH and options.too_long_page == "error":
        return answers.workflow_error(400, f"The input of page_length '{length}' is invalid.")
    length = min(length, MAX_PAGE_LENGTH)
    page = max(1, page)
    found = matching_definitions(call, tenant)
    chosen = found[(page - 1) * length : page * length]
    # The reference defines page_length as the number of workflows in this response.
    pagination: dict[str, object] = {"page": page, "page_length": len(chosen)}
    if page * length < len(found):
        pagination["next_page"] = _next_page(call, options, page + 1, length)
    elif options.last_next_page != "absent":
        pagination["next_page"] = None if options.last_next_page == "null" else ""
    rows = [list_row(definition, options) for definition in chosen]
    return json_answer({"data": rows, "pagination": pagination})


def _next_page(call: Call, options: TenantOptions, page: int, length: int) -> str:
    query = {"page": str(page), "page_length": str(length)}
    if options.next_page_keeps_filters:
        query |= {key: value for key, value in call.request.query.items() if key in _FILTERS}
    base = (options.next_page_host or call.request.base_url).rstrip("/")
    return f"{base}/workflows?{urlencode(query)}"


def matching_definitions(call: Call, tenant: Tenant) -> list[Definition]:
    """All definitions that the call may see and that match its filters, in listing order."""
    query = call.request.query
    newest_first = tenant.options.order == "newest_first"
    definitions = tenant.definitions
    found = [
        definitions[definition_id] for definition_id in sorted(definitions, reverse=newest_first)
    ]
    orgs = _wanted_orgs(call)
    if any(key in query for key in _FILTERS) or call.entity or orgs:
        found = [
            definition
            for definition in found
            if _is_visible(definition, call.entity, orgs)
            and _passes_filters(definition, query, tenant.options)
        ]
    return found


def _is_visible(definition: Definition, entity: str, orgs: set[str]) -> bool:
    in_entity = definition.entity is None or definition.entity == entity
    return in_entity and (definition.org is None or not orgs or definition.org in orgs)


def _passes_filters(
    definition: Definition, query: Mapping[str, str], options: TenantOptions
) -> bool:
    triggers = definition.shown.triggers
    flags = {
        "callout_trigger": triggers.callout,
        "ondemand_trigger": triggers.ondemand,
        "scheduled_trigger": triggers.scheduled,
    }
    if any(name in query and query[name] != str(flag).lower() for name, flag in flags.items()):
        return False
    if query.get("interval", triggers.interval) != triggers.interval:
        return False
    wanted = query.get("name", definition.name)
    if options.name_filter == "contains":
        return wanted.lower() in definition.name.lower()
    return wanted == definition.name


def _find(call: Call, tenant: Tenant) -> Definition | None:
    definition = tenant.definitions.get(call.operation.workflow_id or 0)
    if definition is None or not _is_visible(definition, call.entity, _wanted_orgs(call)):
        return None
    return definition


def get_workflow(call: Call, tenant: Tenant) -> Answer:
    """Answer GET /workflows/{id}."""
    definition = _find(call, tenant)
    if definition is None:
        return _no_workflow(call)
    return json_answer(single_row(definition, tenant.options))


def list_versions(call: Call, tenant: Tenant) -> Answer:
    """Answer GET /workflows/{id}/versions: all of them, no pagination."""
    definition = _find(call, tenant)
    if definition is None:
        return _no_workflow(call)
    rows = [version_row(definition, version, tenant.options) for version in definition.versions]
    return json_answer({"data": rows})


def export_workflow(call: Call, tenant: Tenant) -> Answer:
    """Answer GET /workflows/{id}/export: active version, `latest`, or a number."""
    definition = _find(call, tenant)
    if definition is None:
        return _no_workflow(call)
    wanted = call.request.query.get("version")
    if wanted is not None and wanted != "latest" and not VERSION_TEXT.fullmatch(wanted):
        return answers.workflow_error(400, f"The input of version '{wanted}' is invalid.")
    version = definition.find_version(wanted)
    if version is None:
        return answers.workflow_error(404, f"Workflow version '{wanted or ''}' is not found.")
    if tenant.options.runs_between_exports:
        version.run()
    return Answer(body=version.body(definition, newer=tenant.options.dialect == "newer"))


def _no_workflow(call: Call) -> Answer:
    return answers.unknown_workflow(call.request.path.split("/")[2])


_READERS: dict[str, Callable[[Call, Tenant], Answer]] = {
    "list": list_workflows,
    "get": get_workflow,
    "export": export_workflow,
    "versions": list_versions,
}
