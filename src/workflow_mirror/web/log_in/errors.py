"""Why single sign-on lets nobody in. Each message is shown to the user and logged."""

from typing import ClassVar

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class LogInError(SafeError):
    """Base of all; `status` is that of the page.

    `is_audited`: the provider has named a user, so that nobody can fill the audit log from outside.
    """

    status: ClassVar[int] = 403
    is_audited: ClassVar[bool] = False


class ProviderUnreachableError(LogInError):
    code = "sso_unreachable"
    template = _("The identity provider does not respond. Try again in a moment.")
    status = 503


class ProviderConfigurationError(LogInError):
    """Its discovery document or one of its answers is not what the standard requires."""

    code = "sso_provider_answer"
    template = _("The identity provider gave an answer that cannot be used.")
    status = 502


class OtherIssuerError(ProviderConfigurationError):
    """The discovery document is of another issuer than ZWM_OIDC_ISSUER."""

    code = "sso_provider_answer.issuer"
    template = _("The identity provider calls itself by another address than ZWM_OIDC_ISSUER.")


class ProviderRefusedError(LogInError):
    """The user has cancelled, or the provider refuses this client, the user or the code."""

    code = "sso_refused"
    template = _("The identity provider refused the log-in.")


class LogInExpiredError(LogInError):
    """The answer belongs to no log-in that this browser has begun within 10 minutes."""

    code = "sso_expired"
    template = _("The log-in took too long, or was started in another browser. Start again.")


class TokenError(LogInError):
    """Base of what is wrong with an ID token."""

    is_audited = True


class InvalidTokenError(TokenError):
    code = "sso_token"
    template = _("The identity provider's ID token is not valid.")


class SignatureError(InvalidTokenError):
    code = "sso_token.signature"
    template = _("The identity provider's ID token is not signed with one of its current keys.")


class AudienceError(InvalidTokenError):
    code = "sso_token.audience"
    template = _("The identity provider's ID token was issued for another application.")


class TokenIssuerError(InvalidTokenError):
    code = "sso_token.issuer"
    template = _("The identity provider's ID token was issued by another provider.")


class ExpiredTokenError(InvalidTokenError):
    code = "sso_token.expired"
    template = _("The identity provider's ID token has expired.")


class ClockError(InvalidTokenError):
    code = "sso_token.clock"
    template = _(
        "The clocks of the identity provider and of this server differ by %(seconds)s seconds."
    )


class NoGroupError(LogInError):
    code = "sso_no_group"
    template = _(
        "You are in no group of the identity provider that may use this mirror. Ask an"
        " administrator."
    )
    is_audited = True


class DeactivatedError(LogInError):
    code = "sso_deactivated"
    template = _("Your account is deactivated. Ask an administrator.")
    is_audited = True
