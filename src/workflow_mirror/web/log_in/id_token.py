"""Verifies ID tokens (OpenID Connect Core 1.0, section 3.1.3.7).

allauth skips the signature of a token that came directly from the token endpoint, which the
standard allows. Here it is always verified: one more request, and a forged token is of no use even
to somebody who can stand between this server and the provider.
"""

import time
from typing import Any, Final

import jwt

from workflow_mirror.web.log_in.errors import (
    AudienceError,
    ClockError,
    ExpiredTokenError,
    InvalidTokenError,
    SignatureError,
    TokenIssuerError,
)

# Public keys only: with HS256 a client secret or a public key would be the key.
ALGORITHMS: Final = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
]
REQUIRED: Final = ["iss", "sub", "aud", "exp", "iat"]
MOST_SKEW: Final = 120
"""Seconds between the clocks of the provider and of this server; a token is issued at log-in."""


def verified_claims(
    id_token: str, keys: dict[str, Any], *, issuer: str, client_id: str
) -> dict[str, Any]:
    """The claims of a token for this client; `keys` is the provider's JWK set.

    Raises LogInError, which says what is wrong with it.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            id_token,
            _key_of(id_token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=MOST_SKEW,
            options={"require": REQUIRED, "verify_iat": False},  # _check_clock says by how much
        )
    except jwt.ExpiredSignatureError as error:
        raise ExpiredTokenError from error
    except jwt.InvalidAudienceError as error:
        raise AudienceError from error
    except jwt.InvalidIssuerError as error:
        raise TokenIssuerError from error
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidKeyError) as error:
        raise SignatureError from error
    except jwt.PyJWTError as error:
        raise InvalidTokenError from error
    if claims.get("azp", client_id) != client_id:
        raise AudienceError
    _check_clock(claims["iat"])
    return claims


def _key_of(id_token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    """Raises SignatureError, and PyJWTError for what is no token."""
    key_id = jwt.get_unverified_header(id_token).get("kid")
    known = [key for key in _usable(keys) if key_id in (None, key.key_id)]
    if len(known) != 1:
        raise SignatureError
    return known[0]


def _usable(keys: dict[str, Any]) -> list[jwt.PyJWK]:
    try:
        return jwt.PyJWKSet.from_dict(keys).keys
    except jwt.PyJWKSetError:  # none, or none of a known kind
        return []


def _check_clock(issued_at: Any) -> None:
    if not isinstance(issued_at, int | float):
        raise InvalidTokenError
    skew = round(abs(time.time() - issued_at))
    if skew > MOST_SKEW:
        raise ClockError(seconds=skew)
