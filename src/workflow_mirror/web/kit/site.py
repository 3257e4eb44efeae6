"""The admin site. Its pages are the modules of `web/admin/`, each of which registers its own."""

import importlib
import pkgutil
from typing import Any

from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from workflow_mirror.web import palette
from workflow_mirror.web.dashboard import dashboard
from workflow_mirror.web.password_forms import OwnPasswordForm


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

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**dashboard(request), **(extra_context or {})}
        answer: HttpResponse = super().index(request, context)
        return answer

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Unfold's own keeps answers for five minutes, and so would outlive a user's rights."""
        return palette.answer(request)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Past Unfold's, which always takes its own form."""
        page: TemplateResponse
        page = super(UnfoldAdminSite, self).password_change(request, extra_context)
        return page

    def _get_colors(self, key: str, *args: Any) -> dict[str, Any]:
        """They are in web.css: as an inline style sheet the browser would refuse them."""
        return {}


# Unfold's templates name the site "admin".
site = MirrorAdminSite(name="admin")


def load_pages() -> None:
    """Import every module of `web/admin/`."""
    from workflow_mirror.web import admin  # noqa: PLC0415 - its modules import the site

    for module in pkgutil.iter_modules(admin.__path__):
        importlib.import_module(f"{admin.__name__}.{module.name}")
