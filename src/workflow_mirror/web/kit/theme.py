"""The theme of pages: the choice of the user; None follows the system."""

from typing import Any

from django.http import HttpRequest

from workflow_mirror.access.scope import access_of


def theme_of(request: HttpRequest) -> str | None:
    access = access_of(request.user)
    return access.theme or None if access is not None else None


def theme(request: HttpRequest) -> dict[str, Any]:
    """Context processor, for pages that no view of the admin makes, such as allauth's."""
    return {"theme": theme_of(request)} if hasattr(request, "user") else {}
