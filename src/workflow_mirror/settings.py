"""Django's settings, read from the environment; importing them starts and writes nothing.

The environment variables are listed in docs/reference/environment.md.
"""

import os

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
]

_database = env.dj_db_url("DATABASE_URL", default=EmbeddedPostgres(ZWM_HOME).url)
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": None,
        # A server that never answers must not hold a command for ever.
        "OPTIONS": {"connect_timeout": 10, "application_name": "zwm"}
        | _database.get("OPTIONS", {}),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING_CONFIG = None
LOGGING = logging_settings(env.str("ZWM_LOG_FORMAT", default="console"))

# 1 lets a customer's base URL be http, or on a loopback or private address: demo and tests only.
ZWM_ZUORA_ALLOW_LOCAL = env.bool("ZWM_ZUORA_ALLOW_LOCAL", default=False)
ZWM_ZUORA_EXTRA_HOSTS: list[str] = env.list("ZWM_ZUORA_EXTRA_HOSTS", default=[])
