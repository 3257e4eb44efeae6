from django.urls import include, path
from django.views.generic import RedirectView

from workflow_mirror.web.admin import site
from workflow_mirror.web.kit.language import set_language
from workflow_mirror.web.metrics.views import metrics

handler500 = "workflow_mirror.web.kit.error_pages.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("language/", set_language, name="set_language"),
    path("search/", include("workflow_mirror.web.search.urls")),
    path("compare/", include("workflow_mirror.web.compare.urls")),
    path("lists/", include("workflow_mirror.web.lists.urls")),
    path("saved/", include("workflow_mirror.web.saved.urls")),
    path("metrics", metrics, name="metrics"),
    path("admin/", site.urls),
]
