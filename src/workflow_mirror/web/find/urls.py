from django.urls import path

from workflow_mirror.web.find import page
from workflow_mirror.web.kit.site import site

urlpatterns = [
    path("", site.admin_view(page.find_page), name="find_page"),
    path("proposals/", site.admin_view(page.find_proposals), name="find_proposals"),
]
