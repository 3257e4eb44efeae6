"""The admin site. `web/admin.py` names the pages that register at it."""

from typing import Any

from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from workflow_mirror.access.models import Theme
from workflow_mirror.access.scope import access_of
from workflow_mirror.web.kit.password_forms import OwnPasswordForm
from workflow_mirror.web.kit.time_formats import zone_words

THEMES = (
    (Theme.LIGHT, "light_mode", Theme.LIGHT.label),
    (Theme.DARK, "dark_mode", Theme.DARK.label),
    ("", "computer", gettext_lazy("System")),
)


class LoginForm(AuthenticationForm):
    """Refuses a username that is too long, instead of failing to record the attempt."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        username = self.fields["username"]
        username.validators.append(MaxLengthValidator(username.max_length))


class MirrorAdminSite(UnfoldAdminSite):
    login_form = LoginForm
    index_template = "web/dashboard.html"
    enable_nav_sidebar = True
    password_change_form = OwnPasswordForm

    def get_urls(self) -> list[Any]:
        """Without Unfold's search, in whose place there is that of web/find/."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "search"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Unfold takes `theme` for the page and offers no other; none follows the system."""
        access = access_of(request.user)
        return {
            **super().each_context(request),
            "theme": access.theme or None if access is not None else None,
            "themes": THEMES,
            "time_zone": zone_words(),
        }

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Bypasses Unfold's, which always uses its own form."""
        page: TemplateResponse
        page = super(UnfoldAdminSite, self).password_change(request, extra_context)
        return page

    def _get_colors(self, key: str, *args: Any) -> dict[str, Any]:
        """They are in web.css: as an inline style sheet the browser would refuse them."""
        return {}


# Unfold's templates name the site "admin".
site = MirrorAdminSite(name="admin")
