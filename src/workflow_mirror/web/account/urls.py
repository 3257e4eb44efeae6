from django.urls import path

from workflow_mirror.web.account import page
from workflow_mirror.web.kit.site import site

urlpatterns = [
    path("", site.admin_view(page.account), name="account"),
    path("theme/", site.admin_view(page.choose_theme), name="account_theme"),
]
