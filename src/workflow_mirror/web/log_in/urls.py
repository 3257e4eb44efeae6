from django.urls import path

from workflow_mirror.web.log_in.one_time_link import OneTimeLink
from workflow_mirror.web.log_in.single_sign_on import from_provider, to_provider

urlpatterns = [
    path("sso/", to_provider, name="sso_login"),
    path("sso/callback/", from_provider, name="sso_callback"),
    path("<uidb64>/<token>/", OneTimeLink.as_view(), name="one_time_link"),
]
