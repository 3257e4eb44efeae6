"""Django's settings, read from the environment; importing them starts and writes nothing.

The environment variables are listed in docs/reference/environment.md.
"""

import os
import socket
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from workflow_mirror import environment, home, identity_provider
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.logs import logging_settings
from workflow_mirror.secret_variables import secret
from workflow_mirror.smtp_url import read_smtp_url
from workflow_mirror.web.kit.security import POLICY

SHORTEST_SECRET_KEY = 12
SHORTEST_METRICS_TOKEN = 16

ZWM_HOME = home.data_directory()
_secrets = home.secrets(ZWM_HOME, os.environ, create=False)

SECRET_KEY = _secrets.secret_key
if len(SECRET_KEY) < SHORTEST_SECRET_KEY:
    raise ImproperlyConfigured(
        f"SECRET_KEY must have at least {SHORTEST_SECRET_KEY} characters. A new one:"
        f" {home.MAKE_SECRET}"
    )
ZWM_ENCRYPTION_KEYS = list(_secrets.encryption_keys)
# The file of the keys, read again when it changes, so that a rotation holds for running processes.
# None where a variable sets the keys.
ZWM_KEYS_IN_HOME = home.encryption_keys_file(ZWM_HOME, os.environ)
ALLOWED_HOSTS = environment.host_patterns("ZWM_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
DEBUG = False

INSTALLED_APPS = [
    # Unfold before Django's admin, whose templates it replaces. Neither looks for pages by itself:
    # ours are loaded with the URLs, so that the command line does not wait for them.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",  # its templates of widgets, for the renderer below
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "workflow_mirror.audit",
    "workflow_mirror.customers",
    "workflow_mirror.access",
    "workflow_mirror.workflows",
    "workflow_mirror.references",
    "procrastinate.contrib.django",
    "workflow_mirror.jobs",
    "workflow_mirror.history",
    "workflow_mirror.compare",
    "workflow_mirror.sync",
    "workflow_mirror.history.earlier",
    "workflow_mirror.schedules",
    "workflow_mirror.notifications",
    "workflow_mirror.web",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["workflow_mirror.jobs.tasks"]


def _read_database_url(url: str) -> dj_database_url.DBConfig:
    """Raises ImproperlyConfigured, which repeats nothing of the URL: it may hold a password."""
    try:
        read = dj_database_url.parse(url)
    except ValueError:
        read = {}
    if read.get("ENGINE") != "django.db.backends.postgresql" or not read.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL is not the URL of a PostgreSQL database, such as"
            " postgresql://user:password@host:5432/name"
        )
    return read


_database = _read_database_url(secret("DATABASE_URL") or EmbeddedPostgres(ZWM_HOME).url)
_connection_options = {
    # Documents go as parameters, not as literals in the text of a statement: a third faster.
    "server_side_binding": True,
    # A server that does not respond or has silently disappeared must not block a command forever.
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# An expired worker's connections are found by this name, so no URL may change it; PostgreSQL keeps
# 63 characters.
_connection_name = {"application_name": f"zwm {os.getpid()}@{socket.gethostname()}"[:63]}
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": None,
        # One round trip a request. Without it each idle connection that a restart of the database
        # has cut would cost a request.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _connection_options | _database.get("OPTIONS", {}) | _connection_name,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ZWM_ACCESS_LOG = environment.switch("ZWM_ACCESS_LOG", default=False)
MIDDLEWARE = [
    *(["workflow_mirror.web.kit.access_log.access_log"] if ZWM_ACCESS_LOG else []),
    "workflow_mirror.web.kit.probes.probes",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "workflow_mirror.web.kit.compression.Compression",
    "workflow_mirror.web.kit.static_files.StaticFilesMiddleware",
    "workflow_mirror.web.kit.security.secure_cookies",
    "workflow_mirror.web.kit.clean_input.clean_input",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "workflow_mirror.web.kit.acting.acting_user",
    "workflow_mirror.web.kit.language.user_language",
    "workflow_mirror.web.kit.timezone.user_timezone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "workflow_mirror.web.log_in.two_factor.require_two_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "workflow_mirror.urls"
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
ASGI_APPLICATION = "workflow_mirror.asgi.application"
WEB = Path(__file__).parent / "web"  # each subject keeps its templates and static files beside it
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            WEB / "kit" / "template_overrides",  # Unfold's, quicker or in other words
            *sorted(WEB.glob("*/templates")),
        ],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "workflow_mirror.web.kit.template_loader.IconsHidden",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "workflow_mirror.web.kit.theme.theme",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # finds our templates of widgets, too
STATIC_URL = "/static/"
STATICFILES_DIRS = sorted(WEB.glob("*/static"))
# Directly from the installed packages, without collectstatic.
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "workflow_mirror.web.kit.static_files.VersionedStaticFiles"},
}

# Single sign-on, None without an identity provider.
ZWM_OIDC = identity_provider.from_environment()
# 0: no passwords; only the identity provider and one-time links let users in.
ZWM_LOCAL_LOGIN = environment.switch("ZWM_LOCAL_LOGIN", default=True)
if not ZWM_LOCAL_LOGIN and ZWM_OIDC is None:
    raise ImproperlyConfigured("ZWM_LOCAL_LOGIN can be 0 only with ZWM_OIDC_ISSUER")
# A session belongs to the backend that began it, and ends when that backend is removed.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    *(["django.contrib.auth.backends.ModelBackend"] if ZWM_LOCAL_LOGIN else []),
    *(["workflow_mirror.web.log_in.backends.ProviderBackend"] if ZWM_OIDC else []),
    "workflow_mirror.web.log_in.backends.LinkBackend",
]
# Of local accounts: who must have two-factor authentication. All others may.
ZWM_TWO_FACTOR = environment.choice("ZWM_TWO_FACTOR", "optional", "administrators", "everybody")
MFA_ADAPTER = "workflow_mirror.web.log_in.two_factor.MfaAdapter"
_forms = "workflow_mirror.web.log_in.two_factor_forms"
MFA_FORMS = {
    "authenticate": f"{_forms}.CodeForm",
    "reauthenticate": f"{_forms}.CodeAgainForm",
    "activate_totp": f"{_forms}.FirstCodeForm",
}
ACCOUNT_FORMS = {"reauthenticate": f"{_forms}.PasswordAgainForm"}
MFA_TOTP_ISSUER = "Zuora Workflow Mirror"
MFA_TOTP_TOLERANCE = 1  # 30 seconds that the clock of a phone may differ
ACCOUNT_ADAPTER = "workflow_mirror.web.log_in.accounts.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # sign-up is closed: there is no such page
SOCIALACCOUNT_ADAPTER = "workflow_mirror.web.log_in.accounts.ProviderAccountAdapter"
# A form that is redirected to the provider would need its hosts in the policy for forms. All that
# a foreign page can start is a log-in of the same person with a state of this browser.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10  # seconds
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60  # seconds; of the one-time links of `zwm users`
# Five wrong passwords for a user from one address lock the two, so that nobody can lock a user out
# from elsewhere. The handler locks an address that fails for many users.
AXES_HANDLER = "workflow_mirror.web.people.log_ins.LogInHandler"
AXES_CLIENT_IP_CALLABLE = "workflow_mirror.web.people.log_ins.address_of"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "web/locked_out.html"

# The customers of a user or of a schedule are one field each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

SESSION_COOKIE_AGE = 12 * 60 * 60
# Each request decides whether a cookie is for HTTPS only: web/kit/security.py.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "workflow_mirror.web.kit.error_pages.csrf_failure"
SECURE_CSP = POLICY
# Only answers to requests by HTTPS have it.
SECURE_HSTS_SECONDS = environment.whole("ZWM_HSTS_SECONDS", 31_536_000, least=0, most=63_072_000)
# Reverse proxies in front of the web server, by address: only they may say who the client is.
ZWM_TRUSTED_PROXIES = environment.addresses("ZWM_TRUSTED_PROXIES")

# Whoever sends it may read /metrics; without it only programs on this machine.
ZWM_METRICS_TOKEN = secret("ZWM_METRICS_TOKEN")
if ZWM_METRICS_TOKEN and len(ZWM_METRICS_TOKEN) < SHORTEST_METRICS_TOKEN:
    raise ImproperlyConfigured(
        f"ZWM_METRICS_TOKEN must have at least {SHORTEST_METRICS_TOKEN} characters. A new one:"
        f" {home.MAKE_SECRET}"
    )

UNFOLD = {
    "SITE_TITLE": "Zuora Workflow Mirror",
    "SITE_HEADER": "Zuora Workflow Mirror",
    "SITE_SYMBOL": "account_tree",
    "SITE_URL": None,
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "workflow_mirror.web.kit.asset_urls.icon"},
    ],
    "STYLES": [
        "workflow_mirror.web.kit.asset_urls.style",
        "workflow_mirror.web.kit.asset_urls.live_style",
    ],
    "SCRIPTS": [
        "workflow_mirror.web.kit.asset_urls.script",
        "workflow_mirror.web.kit.asset_urls.live_script",
    ],
    "DASHBOARD_CALLBACK": "workflow_mirror.web.dashboard.page.dashboard",
    "COMMAND": {"search_models": False},
    "SIDEBAR": {"navigation": "workflow_mirror.web.kit.navigation.sidebar"},
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("it", "Italiano")]
# One catalogue for all our packages, and for the texts of Unfold without a translation.
LOCALE_PATHS = [Path(__file__).parent / "locale"]
FORMAT_MODULE_PATH = "workflow_mirror.formats"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING_CONFIG = None
LOGGING = logging_settings(environment.choice("ZWM_LOG_FORMAT", "console", "json"))

# 1 lets a customer's base URL be http, or on a loopback or private address: demo and tests only.
ZWM_ZUORA_ALLOW_LOCAL = environment.switch("ZWM_ZUORA_ALLOW_LOCAL", default=False)
ZWM_ZUORA_EXTRA_HOSTS = environment.hosts("ZWM_ZUORA_EXTRA_HOSTS")
# One answer of Zuora: its largest size once unpacked (MB), and how long its request may take from
# beginning to end (seconds).
ZWM_MAX_ANSWER_MB = environment.number("ZWM_MAX_ANSWER_MB", 64, least=0.001, most=4_096)
ZWM_REQUEST_SECONDS = environment.number("ZWM_REQUEST_SECONDS", 300, least=1, most=3_600)

# Jobs: tries of a sync, seconds between two of them, and seconds after which a worker without a
# heartbeat has expired.
ZWM_SYNC_TRIES = environment.whole("ZWM_SYNC_TRIES", 3, least=1, most=100)
ZWM_SYNC_BACKOFF = environment.number("ZWM_SYNC_BACKOFF", 60, least=0, most=86_400)
ZWM_STALLED_AFTER = environment.number("ZWM_STALLED_AFTER", 60, least=2, most=3_600)
# Hours that one sync may take.
ZWM_SYNC_HOURS = environment.number("ZWM_SYNC_HOURS", 6, least=0.01, most=168)
# Requests a day for earlier versions of a customer's workflows; 0: none.
ZWM_EARLIER_VERSIONS_PER_DAY = environment.whole(
    "ZWM_EARLIER_VERSIONS_PER_DAY", 500, least=0, most=1_000_000
)
# Days for which jobs that have ended are kept, and failed ones.
ZWM_KEEP_RUNS_DAYS = environment.number("ZWM_KEEP_RUNS_DAYS", 30, least=1, most=36_500)
ZWM_KEEP_FAILED_RUNS_DAYS = environment.number(
    "ZWM_KEEP_FAILED_RUNS_DAYS", 90, least=1, most=36_500
)

# Notifications: where links in messages lead, the mail server and the sender's address, and the
# networks besides public addresses that webhooks may be sent to.
ZWM_BASE_URL = environment.site_address("ZWM_BASE_URL")
ZWM_SMTP = read_smtp_url(secret("ZWM_SMTP_URL"))
ZWM_MAIL_FROM = environment.mail_address("ZWM_MAIL_FROM")
ZWM_WEBHOOK_NETWORKS = environment.addresses("ZWM_WEBHOOK_NETWORKS")
