from django.urls import include, path
from django.views.generic import RedirectView

from workflow_mirror.web.admin import site
from workflow_mirror.web.kit.language import set_language

handler500 = "workflow_mirror.web.kit.error_pages.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("language/", set_language, name="set_language"),
    path("search/", include("workflow_mirror.web.search.urls")),
    path("lists/", include("workflow_mirror.web.lists.urls")),
    path("saved/", include("workflow_mirror.web.saved.urls")),
    path("admin/", site.urls),
]
