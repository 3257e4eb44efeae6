"""Django's settings, read from the environment; importing them starts and writes nothing.

The environment variables are listed in docs/reference/environment.md.
"""

import os
import socket

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from workflow_mirror import home
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.logs import logging_settings

env = Env()

ZWM_HOME = home.data_directory()
_secrets = home.secrets(ZWM_HOME, os.environ, create=False)

SECRET_KEY = _secrets.secret_key
ZWM_ENCRYPTION_KEYS = list(_secrets.encryption_keys)
ALLOWED_HOSTS = env.list("ZWM_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
DEBUG = False

INSTALLED_APPS = [
    "workflow_mirror.customers",
    "workflow_mirror.workflows",
    "procrastinate.contrib.django",
    "workflow_mirror.jobs",
    "workflow_mirror.schedules",
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


_database = _read_database_url(
    os.environ.get("DATABASE_URL", "").strip() or EmbeddedPostgres(ZWM_HOME).url
)
_connection_options = {
    # Documents go as parameters, not as literals in the text of a statement: a third faster.
    "server_side_binding": True,
    # A server that does not answer, or has gone without a word, must not hold a command for ever.
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# By this name a dead worker's connections are found, so no URL may choose another; PostgreSQL keeps
# 63 characters.
_connection_name = {"application_name": f"zwm {os.getpid()}@{socket.gethostname()}"[:63]}
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": None,
        "OPTIONS": _connection_options | _database.get("OPTIONS", {}) | _connection_name,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING_CONFIG = None
_log_format = env.str("ZWM_LOG_FORMAT", default="console")
if _log_format not in {"console", "json"}:
    raise ImproperlyConfigured("ZWM_LOG_FORMAT must be console or json")
LOGGING = logging_settings(_log_format)

# 1 lets a customer's base URL be http, or on a loopback or private address: demo and tests only.
ZWM_ZUORA_ALLOW_LOCAL = env.bool("ZWM_ZUORA_ALLOW_LOCAL", default=False)
ZWM_ZUORA_EXTRA_HOSTS: list[str] = env.list("ZWM_ZUORA_EXTRA_HOSTS", default=[])

# Jobs: how often a sync is tried, how far apart (seconds), and how long a worker may give no sign
# of life (seconds).
ZWM_SYNC_TRIES = env.int("ZWM_SYNC_TRIES", default=3)
ZWM_SYNC_BACKOFF = env.float("ZWM_SYNC_BACKOFF", default=60)
ZWM_STALLED_AFTER = env.float("ZWM_STALLED_AFTER", default=60)
# Days for which jobs that have ended are kept, and failed ones.
ZWM_KEEP_RUNS_DAYS = env.float("ZWM_KEEP_RUNS_DAYS", default=30)
ZWM_KEEP_FAILED_RUNS_DAYS = env.float("ZWM_KEEP_FAILED_RUNS_DAYS", default=90)
