"""The pages of allauth's two-factor authentication that are used, below `admin/two-factor/`."""

from allauth.account.views import reauthenticate
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.cache import never_cache

from workflow_mirror.web.log_in.two_factor import overview, turn_on

urlpatterns = [
    path("", overview, name="mfa_index"),
    path("log-in/", base.authenticate, name="mfa_authenticate"),
    path("on/", never_cache(login_required(turn_on)), name="mfa_activate_totp"),
    path("off/", never_cache(login_required(totp.deactivate_totp)), name="mfa_deactivate_totp"),
    path("codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "codes/new/",
        login_required(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("password/", reauthenticate, name="account_reauthenticate"),
    path("code/", base.reauthenticate, name="mfa_reauthenticate"),
]
