"""All faults. Each function answers a call incorrectly; its docstring says how."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from workflow_mirror.fake_zuora import answers
from workflow_mirror.fake_zuora.answers import Answer, Body, json_answer, text_answer
from workflow_mirror.fake_zuora.api import list_page
from workflow_mirror.fake_zuora.calls import Call
from workflow_mirror.fake_zuora.faults import Effect, FaultKind
from workflow_mirror.fake_zuora.operations import READS

KINDS: dict[str, FaultKind] = {}
Params = Mapping[str, Any]


def _fault(
    *operations: str, later_pages: bool = False, **defaults: Any
) -> Callable[[Effect], Effect]:
    def register(effect: Effect) -> Effect:
        name = getattr(effect, "__name__", "")
        struck = frozenset(operations) or None
        KINDS[name] = FaultKind(name, effect, defaults, struck, later_pages)
        return effect

    return register


# Credentials and permissions


@_fault(*READS, body="gateway")
def expired_token(call: Call, params: Params) -> Answer:
    """401, and the token is invalid from now on.

    `body`: gateway, string_code, invalid_token, text, empty.
    """
    if call.token is not None:
        call.token.expires_at = float("-inf")
    return answers.unauthorized(params["body"])


@_fault(*READS, body="gateway")
def unauthorized(_call: Call, params: Params) -> Answer:
    """401 although the token is valid, and stays valid.

    `body`: gateway, string_code, invalid_token, text, empty.
    """
    return answers.unauthorized(params["body"])


@_fault(body="gateway")
def forbidden(_call: Call, params: Params) -> Answer:
    """403. `body`: gateway, workflow, text, empty."""
    return answers.forbidden(params["body"])


@_fault("token", body="invalid_client")
def bad_credentials(_call: Call, params: Params) -> Answer:
    """Valid credentials are rejected.

    `body`: invalid_client (401), message (401), bad_request (400).
    """
    return answers.bad_credentials(params["body"])


@_fault("token", expires_in=None, drop=())
def odd_token(call: Call, params: Params) -> Answer:
    """A token response with a different `expires_in`, or without some fields.

    `expires_in`: the value, which may be a string; `drop`: names of the fields to leave out.
    """
    answer = call.proceed()
    document = json.loads(answer.body.plain)
    if params["expires_in"] is not None:
        document["expires_in"] = params["expires_in"]
    kept = {key: value for key, value in document.items() if key not in params["drop"]}
    answer.body = Body(answers.render(kept))
    return answer


# Limits


@_fault(retry_after=None, reset=600, window="minute")
def rate_limited(call: Call, params: Params) -> Answer:
    """429 of a rate limit.

    `retry_after`: seconds in Retry-After, None: no such header; `reset`: seconds in
    RateLimit-Reset; `window`: minute, hour, day. The token endpoint sends an empty body with
    X-RateLimit headers.
    """
    if call.operation.name == "token":
        limit = call.fake.token_limit_per_minute or 100
        return answers.token_rate_limited(limit, params["retry_after"])
    return answers.rate_limited(params["window"], params["reset"], params["retry_after"])


@_fault(retry_after=120)
def concurrency_limited(_call: Call, params: Params) -> Answer:
    """429 of the concurrency limit. `retry_after`: seconds, None: no such header."""
    return answers.concurrency_limited(params["retry_after"])


# Server and network failures


@_fault(status=500, body="text", retry_after=None)
def server_error(_call: Call, params: Params) -> Answer:
    """A 5xx.

    `status`: 500, 502, 503, ...; `body`: text (as a proxy sends), html, json (v1 shape),
    workflow, empty; `retry_after`: seconds or None.
    """
    answer = _error_body(params["status"], params["body"])
    if params["retry_after"] is not None:
        answer.headers["Retry-After"] = f"{params['retry_after']:g}"
    return answer


@_fault(body="html")
def gateway_timeout(_call: Call, params: Params) -> Answer:
    """504, at once. `body`: html, text, json, workflow, empty."""
    return _error_body(504, params["body"])


def _error_body(status: int, body: str) -> Answer:
    if body == "html":
        page = f"<html><body><h1>{status} Server Error</h1></body></html>\n"
        return text_answer(page, status, answers.HTML_TYPE)
    if body == "json":
        return answers.gateway_error(status, 50000060, "An internal error occurred.")
    if body == "workflow":
        return answers.workflow_error(status, "Something went wrong.")
    if body == "empty":
        return Answer(status)
    return text_answer('{"message":"An unexpected error occurred"}', status)


@_fault(seconds=1.0, part="start")
def slow(call: Call, params: Params) -> Answer:
    """The correct response, delayed.

    `seconds`: the delay; `part`: start (before the first byte) or body (in its middle).
    """
    answer = call.proceed()
    if params["part"] == "body":
        answer.body_delay = float(params["seconds"])
    else:
        answer.delay = float(params["seconds"])
    return answer


@_fault()
def connection_dropped(_call: Call, _params: Params) -> Answer:
    """The connection is closed without a response (status 0 in the log)."""
    return Answer(0, dropped=True)


@_fault(keep=0.5)
def cut_body(call: Call, params: Params) -> Answer:
    """The connection is closed in the middle of the body, before Content-Length is reached.

    `keep`: the fraction that is sent.
    """
    answer = call.proceed()
    answer.keep = float(params["keep"])
    return answer


@_fault(status=302, location="https://elsewhere.example.com/")
def redirect(_call: Call, params: Params) -> Answer:
    """A redirect. `status`; `location`: the target."""
    return Answer(params["status"], headers={"Location": str(params["location"])})


# Wrong bodies


@_fault(keep=0.5)
def truncated_json(call: Call, params: Params) -> Answer:
    """A complete response with part of a document; Content-Length is that of the part.

    `keep`: the fraction that is sent.
    """
    answer = call.proceed()
    plain = answer.body.plain
    answer.body = Body(plain[: int(len(plain) * float(params["keep"]))])
    return answer


@_fault(status=200)
def html(_call: Call, params: Params) -> Answer:
    """A maintenance page in HTML instead of JSON. `status`."""
    return text_answer(answers.HTML_PAGE, params["status"], answers.HTML_TYPE)


@_fault(value=(), status=200)
def json_value(_call: Call, params: Params) -> Answer:
    """JSON of another type. `value`: any JSON value (default `[]`); `status`."""
    return json_answer(params["value"], params["status"])


@_fault(status=200)
def empty_body(_call: Call, params: Params) -> Answer:
    """No body. `status`."""
    return Answer(params["status"])


@_fault(code=53100060, message="The operation could not be completed.")
def success_false(_call: Call, params: Params) -> Answer:
    """200 that reports a failure: `{"success": false, ...}`. `code`, `message`."""
    return answers.gateway_error(200, params["code"], params["message"])


@_fault()
def bad_gzip(call: Call, _params: Params) -> Answer:
    """The correct JSON, declared as gzip but not compressed."""
    answer = call.proceed()
    answer.forced_encoding = "gzip"
    return answer


# Misleading listings


@_fault("list")
def empty_list(call: Call, _params: Params) -> Answer:
    """200 with no rows and no next page."""
    return json_answer({"data": [], "pagination": {"page": call.page, "page_length": 0}})


@_fault("list", rows=1)
def short_list(call: Call, params: Params) -> Answer:
    """A page of only `rows` rows that claims to be the last one."""
    answer = call.proceed()
    document = json.loads(answer.body.plain)
    data = document["data"][: int(params["rows"])]
    return json_answer({"data": data, "pagination": {"page": call.page, "page_length": len(data)}})


@_fault("list", later_pages=True, page=None, pagination="requested")
def repeated_page(call: Call, params: Params) -> Answer:
    """Page N+1 has the rows of page N.

    `page`: N+1, None for any; `pagination`: requested (that of the requested page) or previous
    (the whole response is that of page N, so its next_page leads here again).
    """
    answer = call.proceed()
    if call.tenant is None or answer.status != 200:  # noqa: PLR2004
        return answer
    previous = list_page(call, call.tenant, call.page - 1)
    if params["pagination"] == "previous":
        return previous
    pagination = json.loads(answer.body.plain)["pagination"]
    return json_answer({"data": json.loads(previous.body.plain)["data"], "pagination": pagination})


@_fault("list", later_pages=True, page=None, change="delete", definition_id=None)
def shifting_page(call: Call, params: Params) -> Answer:
    """A definition is deleted or inserted between page N and N+1, so rows shift between pages.

    `page`: N+1, None for any; `change`: delete (one row is never listed) or insert (one row
    is listed twice); `definition_id`: the one to delete, default the first listed.
    """
    tenant = call.tenant
    if tenant is not None and params["change"] == "insert":
        tenant.add_workflow()
    elif tenant is not None and tenant.definitions:
        newest_first = tenant.options.order == "newest_first"
        first = max(tenant.definitions) if newest_first else min(tenant.definitions)
        chosen = params["definition_id"] or first
        if chosen in tenant.definitions:
            tenant.delete(chosen)
    return call.proceed()


@_fault("get", "export", "versions", status=404)
def not_found(call: Call, params: Params) -> Answer:
    """404 although the definition exists. `status`."""
    answer = answers.unknown_workflow(call.operation.workflow_id)
    answer.status = params["status"]
    return answer


@_fault("export")
def deleted_before_export(call: Call, _params: Params) -> Answer:
    """The definition is deleted just before its export, which is 404."""
    workflow_id = call.operation.workflow_id or 0
    if call.tenant is not None and workflow_id in call.tenant.definitions:
        call.tenant.delete(workflow_id)
    return call.proceed()
