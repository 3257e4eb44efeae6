"""allauth's OpenID Connect client, stricter.

An account is known by issuer and `sub` alone, never by its email address or name, so nobody can
take over a local account by giving himself its address at the provider.
"""

import hashlib
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse

from workflow_mirror.identity_provider import IdentityProvider
from workflow_mirror.web.log_in.errors import (
    InvalidTokenError,
    OtherIssuerError,
    ProviderConfigurationError,
)
from workflow_mirror.web.log_in.id_token import verified_claims

LONGEST_SUBJECT = 191  # characters of allauth's column; the standard allows 255
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def known_provider() -> IdentityProvider:
    """Raises Http404 without one."""
    provider: IdentityProvider | None = settings.ZWM_OIDC
    if provider is None:
        raise Http404
    return provider


def id_of(issuer: str) -> str:
    """Stored with each account: users of another issuer are other people."""
    return f"oidc-{hashlib.sha256(issuer.encode()).hexdigest()[:32]}"


def app_of(provider: IdentityProvider) -> SocialApp:
    """Allauth's form of the configuration; not stored in the database."""
    return SocialApp(
        provider="openid_connect",
        provider_id=id_of(provider.issuer),
        name=provider.name or "",
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings={
            "server_url": provider.issuer,
            "scope": list(provider.scopes),
            "oauth_pkce_enabled": True,
        },
    )


class Client(OpenIDConnectOAuth2Adapter):
    """One log-in. Raises LogInError where the provider's answers are not acceptable."""

    def __init__(self, request: HttpRequest, provider: IdentityProvider) -> None:
        super().__init__(request, id_of(provider.issuer))
        self._settings = provider

    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises LogInError and RequestException."""
        try:
            config: Any = super().openid_config
        except AttributeError as error:  # JSON, but no object
            raise ProviderConfigurationError from error
        if not isinstance(config, dict) or not all(
            isinstance(config.get(name), str) for name in ENDPOINTS
        ):
            raise ProviderConfigurationError
        if str(config.get("issuer")).rstrip("/") != self._settings.issuer:
            raise OtherIssuerError
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("sso_callback"))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **answer: Any
    ) -> Any:
        claims = self._claims(answer["response"].get("id_token"))
        groups = self._settings.groups_claim
        if groups not in claims and "userinfo_endpoint" in self.openid_config:
            claims = self._with_userinfo(claims, token.token)
        return self.get_provider().sociallogin_from_response(request, claims)

    def _claims(self, id_token: Any) -> dict[str, Any]:
        if not isinstance(id_token, str):
            raise InvalidTokenError
        config = self.openid_config
        keys = self._get_json(config["jwks_uri"])
        return verified_claims(
            id_token, keys, issuer=config["issuer"], client_id=self._settings.client_id
        )

    def _with_userinfo(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """Some providers give groups there only. It must be of the same user (Core, 5.3.2)."""
        info = self._fetch_user_info(access_token)
        if not isinstance(info, dict) or info.get("sub") != claims["sub"]:
            raise ProviderConfigurationError
        return info | claims

    def _get_json(self, url: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            response = session.get(url)
            response.raise_for_status()
            answer = response.json()
        if not isinstance(answer, dict):
            raise ProviderConfigurationError
        return answer


class Provider(OpenIDConnectProvider):
    def __init__(self, request: HttpRequest, provider: IdentityProvider) -> None:
        super().__init__(request, app=app_of(provider))
        self._settings = provider

    def get_oauth2_adapter(self, request: HttpRequest) -> Client:
        return Client(request, self._settings)

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Only `next` is taken from the address. allauth's takes also scopes, parameters for the
        provider, and whether to connect its account with the one that is logged in.
        """
        asked = super().get_redirect_from_request_kwargs(request)
        return {"process": AuthProcess.LOGIN, "next_url": asked.get("next_url")}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Raises InvalidTokenError for a `sub` that the column cannot hold."""
        subject = data["sub"]
        is_text = isinstance(subject, str) and subject.isprintable()
        if not is_text or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise InvalidTokenError
        return str(subject)

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing is stored with the account: names are the user's, groups are used at once."""
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """None: accounts.py fills in the user, and no email address takes part in the log-in."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []

    def sociallogin_from_response(self, request: HttpRequest, response: dict[str, Any]) -> Any:
        log_in = super().sociallogin_from_response(request, response)
        log_in.claims = response
        return log_in
