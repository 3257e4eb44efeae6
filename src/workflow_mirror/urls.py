from django.urls import path
from django.views.generic import RedirectView

from workflow_mirror.web.language import set_language
from workflow_mirror.web.site import load_pages, site

load_pages()

handler500 = "workflow_mirror.web.errors.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("language/", set_language, name="set_language"),
    path("admin/", site.urls),
]
