"""The identity provider of the tests as a process, and the settings that know it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.identity_provider import CLIENT_ID, CLIENT_SECRET
from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS, VIEWERS
from workflow_mirror.identity_provider import IdentityProvider, Rights
from workflow_mirror.web.log_in.backends import PROVIDER_BACKEND

PROGRAM = Path(__file__).parent / "identity_provider.py"
ADA = {
    "sub": "ada-1",
    "preferred_username": "ada",
    "given_name": "Ada",
    "family_name": "Rossi",
    "email": "ada@example.com",
    "groups": ["operators", "unknown"],
}
RIGHTS = {
    "admins": Rights(frozenset([ADMINISTRATORS]), None),
    "operators": Rights(frozenset([OPERATORS]), frozenset(["Rossi"])),
    "viewers": Rights(frozenset([VIEWERS]), frozenset(["Bianchi", "Nobody"])),
    "nothing": Rights(frozenset(["No such group"])),
}


@dataclass
class Idp:
    issuer: str

    def set(self, **changes: Any) -> None:
        self.request("POST", "/_set", json.dumps(changes))

    def request(self, method: str, address: str, body: str | None = None) -> Any:
        """The headers of the answer. No redirect is followed."""
        parts = urlsplit(address)
        host = urlsplit(self.issuer).netloc
        with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body)
            answer = connection.getresponse()
            answer.read()
            return answer.headers


@contextmanager
def running_provider() -> Iterator[str]:
    """Its address."""
    process = subprocess.Popen([sys.executable, str(PROGRAM)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.terminate()
    process.wait(20)
    process.stdout.close()


def use_provider(settings: Any, issuer: str) -> Idp:
    """As settings.py would with the variables of the environment; Ada is logged in there."""
    settings.ZWM_OIDC = IdentityProvider(
        issuer=issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        name="Example ID",
        scopes=("openid", "profile", "email"),
        groups_claim="groups",
        rights=RIGHTS,
    )
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, PROVIDER_BACKEND]
    idp = Idp(issuer)
    idp.set(claims=ADA, userinfo={}, fault="")
    return idp
