"""How a session began, apart from the password (Django's ModelBackend).

Each is a backend of its own, since Django notes it in the session: settings.py can end all sessions
of one kind.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend


class _WithoutPassword(ModelBackend):
    def authenticate(self, *_arguments: Any, **_credentials: Any) -> None:
        return None


class ProviderBackend(_WithoutPassword):
    """The identity provider has logged the user in."""


class LinkBackend(_WithoutPassword):
    """The user has opened a one-time link of `zwm users`."""


PROVIDER_BACKEND = f"{__name__}.{ProviderBackend.__name__}"
LINK_BACKEND = f"{__name__}.{LinkBackend.__name__}"
