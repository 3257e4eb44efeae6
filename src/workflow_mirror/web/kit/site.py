"""The admin site. `web/admin.py` names the pages that register at it."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from workflow_mirror.access.models import Theme
from workflow_mirror.web.kit.password_forms import OwnPasswordForm
from workflow_mirror.web.kit.sessions import PasswordLogIn
from workflow_mirror.web.kit.table_cells import NOTHING
from workflow_mirror.web.kit.theme import theme_of
from workflow_mirror.web.kit.time_formats import zone_words

THEMES = (
    (Theme.LIGHT, "light_mode", Theme.LIGHT.label),
    (Theme.DARK, "dark_mode", Theme.DARK.label),
    ("", "computer", gettext_lazy("System")),
)


class LoginForm(AuthenticationForm):
    """Refuses a username that is too long, instead of failing to record the attempt."""

    error_messages: ClassVar = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy("Wrong username or password."),
    }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        username = self.fields["username"]
        username.validators.append(MaxLengthValidator(username.max_length))


class MirrorAdminSite(UnfoldAdminSite):
    login_form = LoginForm
    login_template = "web/log_in/log_in.html"
    index_template = "web/dashboard.html"
    enable_nav_sidebar = True
    empty_value_display = NOTHING
    password_change_form = OwnPasswordForm

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's, with the other ways in, and with the second factor after the password."""
        redirect_url = LoginView(request=request).get_redirect_url() or reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(redirect_url)
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "app_path": request.get_full_path(),
            REDIRECT_FIELD_NAME: redirect_url,
            **_ways_in(request),
            **(extra_context or {}),
        }
        request.current_app = self.name
        view: Any = PasswordLogIn.as_view(
            authentication_form=self.login_form,
            template_name=self.login_template,
            extra_context=context,
        )
        page: HttpResponse = view(request)
        return page

    def get_urls(self) -> list[Any]:
        """Without Unfold's search, in whose place there is that of web/find/."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "search"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Unfold takes `theme` for the page and offers no other; none follows the system."""
        return {
            **super().each_context(request),
            "theme": theme_of(request),
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


def _ways_in(request: HttpRequest) -> dict[str, Any]:
    provider = settings.ZWM_OIDC
    return {
        "local_login": settings.ZWM_LOCAL_LOGIN,
        "single_sign_on": _sso_address(request) if provider else None,
        "provider_name": provider.name if provider else None,
    }


def _sso_address(request: HttpRequest) -> str:
    asked = request.GET.get("next", "")
    address = reverse("sso_login")
    return f"{address}?{urlencode({'next': asked})}" if asked else address


# Unfold's templates name the site "admin".
site = MirrorAdminSite(name="admin")
