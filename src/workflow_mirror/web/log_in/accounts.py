"""allauth's adapters: how a log-in becomes a session, and an account of the provider a user."""

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from requests import RequestException

from workflow_mirror.access.accounts import hold_users, usernames_like
from workflow_mirror.access.provider_groups import apply_rights
from workflow_mirror.server.addresses import client_network
from workflow_mirror.web.kit.sessions import BACKEND_KEY
from workflow_mirror.web.log_in.backends import PROVIDER_BACKEND
from workflow_mirror.web.log_in.errors import (
    DeactivatedError,
    LogInExpiredError,
    NoGroupError,
    ProviderRefusedError,
    ProviderUnreachableError,
)
from workflow_mirror.web.log_in.provider import Provider, known_provider

USERNAME_LENGTH = 100  # Django allows 150; a number may follow
GROUPS_LOOKED_AT = 10_000


class AccountAdapter(DefaultAccountAdapter):
    """Named in ACCOUNT_ADAPTER. Sign-up is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        login(request, user, backend=request.session.pop(BACKEND_KEY))

    def get_login_stages(self) -> list[str]:
        """The second factor of users of the identity provider is the provider's business."""
        if self.request.session.get(BACKEND_KEY) == PROVIDER_BACKEND:
            return []
        return ["allauth.mfa.stages.AuthenticateStage"]

    def get_client_ip(self, request: HttpRequest) -> str:
        """For limits. Behind a trusted proxy it is the client's."""
        return client_network(request.META.get("REMOTE_ADDR", ""))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> NoReturn:
        raise DeactivatedError

    def add_message(self, *_arguments: Any, **_options: Any) -> None:
        """No "Successfully signed in": the dashboard says so."""

    def get_signup_redirect_url(self, request: HttpRequest) -> Any:
        """The first log-in leads where all others do."""
        return self.get_login_redirect_url(request)


class ProviderAccountAdapter(DefaultSocialAccountAdapter):
    """Named in SOCIALACCOUNT_ADAPTER. Only the provider of the settings exists."""

    def get_provider(self, request: HttpRequest, provider: Any, client_id: Any = None) -> Provider:
        return Provider(request, known_provider())

    def list_apps(self, *_arguments: Any, **_options: Any) -> list[Any]:
        return []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """`pre_social_login` has refused everybody without a group."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Raises NoGroupError. A user who is known loses his rights first."""
        rights = known_provider().rights_of(groups_in(sociallogin.claims))
        if sociallogin.is_existing:
            update_user(sociallogin.user, sociallogin.claims, rights)
        if rights is None:
            raise NoGroupError
        request.session[BACKEND_KEY] = PROVIDER_BACKEND

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Of two first log-ins of a user at once, the second finds the account of the first."""
        hold_users()
        sociallogin.lookup()
        if not sociallogin.is_existing:
            sociallogin.user.username = free_username(sociallogin.claims)
            sociallogin.user.set_unusable_password()
            sociallogin.save(request)
        rights = known_provider().rights_of(groups_in(sociallogin.claims))
        update_user(sociallogin.user, sociallogin.claims, rights)
        return sociallogin.user  # type: ignore[no-any-return]  # allauth has no types

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """Raises LogInError. Nothing of the exception is shown: it may quote the answer."""
        if isinstance(exception, RequestException):
            raise ProviderUnreachableError from exception
        if "state_id" in (extra_context or {}):
            raise LogInExpiredError from exception
        raise ProviderRefusedError from exception


def groups_in(claims: dict[str, Any]) -> list[str]:
    """The provider's groups of a user: a list of texts, or one text."""
    found = claims.get(known_provider().groups_claim)
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed[:GROUPS_LOOKED_AT] if isinstance(one, str)]


def update_user(user: User, claims: dict[str, Any], rights: Any) -> None:
    user.first_name = text_in(claims, "given_name") or text_in(claims, "name")
    user.last_name = text_in(claims, "family_name")
    user.email = text_in(claims, "email", 254)
    user.save(update_fields=["first_name", "last_name", "email"])
    apply_rights(user, rights)


def free_username(claims: dict[str, Any]) -> str:
    """The one that the provider prefers, with a number where a user here has that name already."""
    wanted = text_in(claims, "preferred_username") or text_in(claims, "email") or claims["sub"]
    name = "".join(c if c.isalnum() or c in "@.+-_" else "_" for c in wanted)[:USERNAME_LENGTH]
    taken = {one.casefold() for one in usernames_like(name)}
    numbers = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (name, *numbers) if one.casefold() not in taken)


def text_in(claims: dict[str, Any], name: str, length: int = 150) -> str:
    """Printable, as the provider's user may have written it."""
    value = claims.get(name)
    shown = "".join(c for c in value if c.isprintable()) if isinstance(value, str) else ""
    return shown[:length]
