from django.urls import path

from workflow_mirror.web.kit.site import site
from workflow_mirror.web.lists import views

urlpatterns = [
    path("customer/", site.admin_view(views.choose_customer), name="list_customer"),
    path("size/", site.admin_view(views.choose_size), name="list_size"),
    path("columns/", site.admin_view(views.choose_columns), name="list_columns"),
    path("default/", site.admin_view(views.choose_default_view), name="list_default_view"),
]
