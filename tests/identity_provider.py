"""A small OpenID Connect provider, a process of its own: `python tests/identity_provider.py`.

It prints its port. It checks the client, the redirect address, PKCE and that a code is used once,
as the standards require, and signs with joserfc, which the product does not use. POST /_set changes
who logs in and what goes wrong.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "the-mirror", "secret-of-the-mirror-at-the-provider"
ACCESS_TOKEN = "access-token-that-nobody-logs"


class State:
    issuer = ""
    key = RSAKey.generate_key(2048, {"kid": "current", "alg": "RS256", "use": "sig"})
    other_key = RSAKey.generate_key(2048, {"kid": "current", "alg": "RS256", "use": "sig"})
    claims: dict[str, Any] = {}  # noqa: RUF012 - the state of this process
    userinfo: dict[str, Any] = {}  # noqa: RUF012
    fault = ""
    codes: dict[str, dict[str, Any]] = {}  # noqa: RUF012


def discovery() -> dict[str, Any]:
    issuer = "https://elsewhere.example.com" if State.fault == "discovery" else State.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{State.issuer}/authorize",
        "token_endpoint": f"{State.issuer}/token",
        "jwks_uri": f"{State.issuer}/keys",
        "userinfo_endpoint": f"{State.issuer}/userinfo",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
    }


def id_token(claims_of_user: dict[str, Any]) -> str:
    moved = {"clock ahead": 300, "clock behind": -300, "expired": -3600}.get(State.fault, 0)
    now = int(time.time()) + moved
    claims = {
        "iss": State.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 600,
        **claims_of_user,
    }
    wrong: dict[str, dict[str, Any]] = {
        "audience": {"aud": "another-application"},
        "authorized party": {"aud": [CLIENT_ID, "another"], "azp": "another"},
        "issuer": {"iss": "https://elsewhere.example.com"},
        "no expiry": {"exp": None},
    }
    claims |= wrong.get(State.fault, {})
    header = {"alg": "RS256", "kid": "gone" if State.fault == "old key" else "current"}
    given = {name: value for name, value in claims.items() if value is not None}
    if State.fault == "unsigned":
        return f"{joined({'alg': 'none', 'kid': 'current'}, given)}."
    if State.fault == "public key as secret":
        text = joined(header | {"alg": "HS256"}, given)
        key = State.key.as_pem(private=False)
        return f"{text}.{plain(hmac.digest(key, text.encode(), 'sha256'))}"
    return jwt.encode(header, given, State.other_key if State.fault == "forged" else State.key)


def joined(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(plain(json.dumps(part).encode()) for part in (header, claims))


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if State.fault == "down":
            self.answer(500, {"error": "server_error"})
        elif address.path == "/.well-known/openid-configuration":
            self.answer(200, ["no", "object"] if State.fault == "no discovery" else discovery())
        elif address.path == "/keys":
            self.answer(200, {"keys": [State.key.as_dict(private=False)]})
        elif address.path == "/authorize":
            self.authorize(asked)
        elif address.path == "/userinfo":
            is_right = self.headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"
            self.answer(200 if is_right else 401, State.userinfo)
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/_set":
            for name, value in json.loads(body).items():
                setattr(State, name, value)
            self.answer(200, {})
        elif self.path == "/token":
            self.give_tokens({name: values[0] for name, values in parse_qs(body).items()})

    def authorize(self, asked: dict[str, str]) -> None:
        wanted = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        path = urlsplit(asked["redirect_uri"]).path
        is_right = wanted.items() <= asked.items() and path == "/log-in/sso/callback/"
        if not is_right or "openid" not in asked["scope"].split():
            self.answer(400, {"error": "invalid_request"})
            return
        code = secrets.token_urlsafe(16)
        State.codes[code] = asked | {"claims": State.claims}  # of whoever is logged in now
        answer = {"state": asked["state"], "code": code}
        if State.fault == "cancelled":
            answer = {"state": asked["state"], "error": "access_denied"}
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
        self.end_headers()

    def give_tokens(self, given: dict[str, str]) -> None:
        asked = State.codes.pop(given.get("code", ""), {})
        challenge = plain(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if State.fault == "garbage":
            self.answer(200, None)
        elif not self.is_client(given) or State.fault == "client":
            self.answer(401, {"error": "invalid_client", "description": CLIENT_SECRET})
        elif (
            asked.get("code_challenge") != challenge
            or asked.get("redirect_uri") != given.get("redirect_uri")
            or given.get("grant_type") != "authorization_code"
        ):
            self.answer(400, {"error": "invalid_grant"})
        else:
            tokens = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60}
            if State.fault != "no ID token":
                tokens["id_token"] = id_token(asked["claims"])
            self.answer(200, tokens)

    def is_client(self, given: dict[str, str]) -> bool:
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        if basic:
            name, _, secret = base64.b64decode(basic).decode().partition(":")
            return (unquote(name), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET)
        return (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)

    def answer(self, status: int, document: Any) -> None:
        body = b"<html>no JSON</html>" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        State.issuer = f"http://127.0.0.1:{server.server_port}"
        print(server.server_port, flush=True)  # noqa: T201 - for whoever started it
        server.serve_forever()
