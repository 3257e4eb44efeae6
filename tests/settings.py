"""The product's settings with made-up secrets, for the tests and for the type checker."""

import os
import tempfile

from cryptography.fernet import Fernet

# Named here and made by whoever needs it: the type checker imports this, too. Each process has its
# own, and none takes that of the shell: the tests delete it when they end.
os.environ["ZWM_HOME"] = f"{tempfile.gettempdir()}/zwm-tests-{os.getpid()}"
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("ZWM_ENCRYPTION_KEYS", Fernet.generate_key().decode())
os.environ.setdefault("ZWM_ZUORA_ALLOW_LOCAL", "1")

from workflow_mirror.settings import *  # noqa: F403 - the secrets have to be there first

# Passwords of the tests need not cost half a second each.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
