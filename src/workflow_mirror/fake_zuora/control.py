"""The control API under `/_fake`: the functions of the Python API, for other processes.

Loopback clients only. Request and response bodies are JSON.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workflow_mirror.fake_zuora.definitions import JsonObject
from workflow_mirror.fake_zuora.fault_kinds import KINDS
from workflow_mirror.fake_zuora.faults import OPERATIONS
from workflow_mirror.fake_zuora.options import option_names
from workflow_mirror.fake_zuora.state import FakeZuora
from workflow_mirror.fake_zuora.tenants import Tenant

Handler = Callable[[FakeZuora, Request, Any], Any]
LOOPBACK = ("127.", "::1", "::ffff:127.")
SETTINGS = (
    "latency",
    "token_limit_per_minute",
    "unauthorized_body",
    "forbidden_body",
    "bad_credentials_body",
)


def control_routes(fake: FakeZuora) -> list[Route]:
    """Build the routes, to be mounted under `/_fake`."""
    return [
        Route(path, _endpoint(fake, method, handler), methods=[method])
        for method, path, handler in _ROUTES
    ]


def _endpoint(
    fake: FakeZuora, method: str, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.client is None or not request.client.host.startswith(LOOPBACK):
            return JSONResponse({"error": "loopback only"}, 403)
        try:
            raw = await request.body()
            is_export = method == "PUT" and request.url.path.endswith("/export")
            body = raw if is_export else await request.json() if raw else {}
            if not isinstance(body, bytes | dict):
                raise TypeError("the body must be a JSON object")  # noqa: TRY301
            result = handler(fake, request, body)
        except KeyError as error:
            return JSONResponse({"error": str(error)}, 404)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return result if isinstance(result, Response) else JSONResponse(result)

    return endpoint


# Settings, requests, faults


def _state(fake: FakeZuora, _request: Request, _body: JsonObject) -> JsonObject:
    settings = {name: getattr(fake, name) for name in SETTINGS}
    tenants = [_tenant_json(tenant) for tenant in fake.tenants.values()]
    return {"settings": settings, "tenants": tenants}


def _change_settings(fake: FakeZuora, request: Request, body: JsonObject) -> JsonObject:
    unknown = set(body) - set(SETTINGS)
    if unknown:
        raise ValueError(f"unknown setting {sorted(unknown)}; there are {', '.join(SETTINGS)}")
    for name, value in body.items():
        setattr(fake, name, value)
    return _state(fake, request, body)


def _requests(fake: FakeZuora, request: Request, _body: JsonObject) -> JsonObject:
    limit = int(request.query_params.get("limit", "1000"))
    records = fake.requests.snapshot()
    return {
        "counts": fake.requests.counts(),
        "writes": fake.requests.count_writes(),
        "peak_concurrency": fake.requests.peak_concurrency(),
        "requests": [record.as_json() for record in records[max(0, len(records) - limit) :]],
    }


def _clear_requests(fake: FakeZuora, _request: Request, _body: JsonObject) -> JsonObject:
    fake.requests.clear()
    return {}


def _faults(fake: FakeZuora, _request: Request, _body: JsonObject) -> JsonObject:
    kinds = {
        kind.name: {
            "description": kind.description,
            "params": dict(kind.defaults),
            "on": sorted(kind.operations or OPERATIONS),
        }
        for kind in KINDS.values()
    }
    return {"kinds": kinds, "pending": [fault.as_json() for fault in fake.pending_faults()]}


def _fail(fake: FakeZuora, _request: Request, body: JsonObject) -> JsonObject:
    params = body.pop("params", {})
    return fake.fail(**body, **params).as_json()


def _clear_faults(fake: FakeZuora, _request: Request, _body: JsonObject) -> JsonObject:
    fake.clear_faults()
    return {}


# Tenants


def _tenant(fake: FakeZuora, request: Request) -> Tenant:
    name = request.path_params["tenant"]
    if name not in fake.tenants:
        raise KeyError(f"no tenant {name}")
    return fake.tenants[name]


def _tenant_json(tenant: Tenant) -> JsonObject:
    return {
        "name": tenant.name,
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "definitions": len(tenant.definitions),
        "options": {name: getattr(tenant.options, name) for name in option_names()},
    }


def _add_tenant(fake: FakeZuora, _request: Request, body: JsonObject) -> JsonObject:
    generate = body.pop("generate", None)
    options = body.pop("options", {})
    tenant = fake.add_tenant(**body, **options)
    if generate:
        tenant.generate(**generate)
    return _tenant_json(tenant)


def _show_tenant(fake: FakeZuora, request: Request, _body: JsonObject) -> JsonObject:
    return _tenant_json(_tenant(fake, request))


def _change_tenant(fake: FakeZuora, request: Request, body: JsonObject) -> JsonObject:
    tenant = _tenant(fake, request)
    tenant.options.change(body)
    return _tenant_json(tenant)


def _generate(fake: FakeZuora, request: Request, body: JsonObject) -> JsonObject:
    made = _tenant(fake, request).generate(**body)
    return {"ids": [definition.id for definition in made]}


def _expire_tokens(fake: FakeZuora, request: Request, _body: JsonObject) -> JsonObject:
    return {"expired": fake.expire_tokens(_tenant(fake, request))}


# Definitions


def _definitions(fake: FakeZuora, request: Request, _body: JsonObject) -> JsonObject:
    tenant = _tenant(fake, request)
    return {"definitions": [tenant.row(definition_id) for definition_id in tenant.definitions]}


def _add_definition(fake: FakeZuora, request: Request, body: JsonObject) -> JsonObject:
    tenant = _tenant(fake, request)
    return tenant.row(tenant.add_workflow(**body).id)


def _show_definition(fake: FakeZuora, request: Request, _body: JsonObject) -> JsonObject:
    return _tenant(fake, request).row(request.path_params["id"])


def _export(fake: FakeZuora, request: Request, _body: JsonObject) -> Response:
    version = request.query_params.get("version")
    body = _tenant(fake, request).export_body(request.path_params["id"], version)
    return Response(body.plain, media_type="application/json")


def _set_export(fake: FakeZuora, request: Request, body: bytes) -> JsonObject:
    version = request.query_params.get("version")
    _tenant(fake, request).set_export(request.path_params["id"], body, version=version)
    return {}


def _change_definition(fake: FakeZuora, request: Request, body: JsonObject) -> JsonObject:
    action = request.path_params["action"]
    if action not in _ACTIONS:
        raise KeyError(f"no action {action}; there are {', '.join(_ACTIONS)}")
    tenant, definition_id = _tenant(fake, request), request.path_params["id"]
    result = _ACTIONS[action](tenant)(definition_id, **body)
    if action == "edit-task":
        return {"task": result}
    return {} if action == "delete" else tenant.row(definition_id)


_ACTIONS: dict[str, Callable[[Tenant], Callable[..., Any]]] = {
    "rename": lambda tenant: tenant.rename,
    "edit-task": lambda tenant: tenant.edit_task,
    "add-version": lambda tenant: tenant.add_version,
    "activate": lambda tenant: tenant.activate,
    "deactivate": lambda tenant: tenant.deactivate,
    "forget-version": lambda tenant: tenant.forget_version,
    "change-schedule": lambda tenant: tenant.change_schedule,
    "set-status": lambda tenant: tenant.set_status,
    "set-row": lambda tenant: tenant.set_row,
    "touch": lambda tenant: tenant.touch,
    "delete": lambda tenant: tenant.delete,
    "restore": lambda tenant: tenant.restore,
}
_ONE = "/tenants/{tenant}/definitions/{id:int}"
_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/state", _state),
    ("PUT", "/settings", _change_settings),
    ("GET", "/requests", _requests),
    ("DELETE", "/requests", _clear_requests),
    ("GET", "/faults", _faults),
    ("POST", "/faults", _fail),
    ("DELETE", "/faults", _clear_faults),
    ("POST", "/tenants", _add_tenant),
    ("GET", "/tenants/{tenant}", _show_tenant),
    ("PATCH", "/tenants/{tenant}", _change_tenant),
    ("POST", "/tenants/{tenant}/generate", _generate),
    ("POST", "/tenants/{tenant}/expire-tokens", _expire_tokens),
    ("GET", "/tenants/{tenant}/definitions", _definitions),
    ("POST", "/tenants/{tenant}/definitions", _add_definition),
    ("GET", _ONE, _show_definition),
    ("GET", f"{_ONE}/export", _export),
    ("PUT", f"{_ONE}/export", _set_export),
    ("POST", _ONE + "/{action}", _change_definition),
]
