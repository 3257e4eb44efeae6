"""The admin site. `web/admin.py` names the pages that register at it."""

from typing import Any

from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from workflow_mirror.web.kit import palette
from workflow_mirror.web.kit.password_forms import OwnPasswordForm


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

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Unfold's own keeps answers for five minutes, and so would outlive a user's rights."""
        return palette.answer(request)

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
