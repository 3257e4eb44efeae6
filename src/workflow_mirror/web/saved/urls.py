from django.urls import path

from workflow_mirror.web.kit.site import site
from workflow_mirror.web.saved import views

urlpatterns = [
    path("", site.admin_view(views.save_view), name="saved_view_add"),
    path("<int:pk>/", site.admin_view(views.change_view), name="saved_view"),
    path("<int:pk>/delete/", site.admin_view(views.delete_view), name="saved_view_delete"),
]
