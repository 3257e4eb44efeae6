from django.urls import include, path
from django.views.generic import RedirectView

from workflow_mirror.access import log_in_links
from workflow_mirror.web.admin import site
from workflow_mirror.web.kit.language import set_language
from workflow_mirror.web.metrics.views import metrics

handler400 = "workflow_mirror.web.kit.error_pages.bad_request"
handler403 = "workflow_mirror.web.kit.error_pages.permission_denied"
handler404 = "workflow_mirror.web.kit.error_pages.page_not_found"
handler500 = "workflow_mirror.web.kit.error_pages.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("language/", set_language, name="set_language"),
    path("find/", include("workflow_mirror.web.find.urls")),
    path("account/", include("workflow_mirror.web.account.urls")),
    path("search/", include("workflow_mirror.web.search.urls")),
    path(log_in_links.PATH, include("workflow_mirror.web.log_in.urls")),
    path("admin/login/", site.login, name="account_login"),  # allauth's name for it
    path("admin/two-factor/", include("workflow_mirror.web.log_in.two_factor_urls")),
    # Not "compare/": the menu marks a page whose address has that of another as its part.
    path("comparison/", include("workflow_mirror.web.compare.urls")),
    path("lists/", include("workflow_mirror.web.lists.urls")),
    path("saved/", include("workflow_mirror.web.saved.urls")),
    path("metrics", metrics, name="metrics"),
    path("admin/", site.urls),
]
