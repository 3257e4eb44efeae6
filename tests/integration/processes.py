"""Python processes with Django, on the database of the test that starts them."""

import json
import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.db import connection

DJANGO = """
import json, sys, django
from django.conf import settings
database, options = json.loads(sys.argv[1])
settings.DATABASES["default"] |= database
settings.DATABASES["default"]["OPTIONS"] |= options
django.setup()
"""


def django_process(script: str, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
    """A running process; its arguments begin with `sys.argv[2]`. Whoever starts one ends it."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ZWM_ENCRYPTION_KEYS": ",".join(settings.ZWM_ENCRYPTION_KEYS),
        **environ,
    }
    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    names = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
    database = {name: connection.settings_dict[name] for name in names}
    sockets = {
        name: at for name, at in connection.settings_dict["OPTIONS"].items() if name == "host"
    }
    return subprocess.Popen(
        [sys.executable, "-c", DJANGO + script, json.dumps([database, sockets]), *arguments],
        env=environment,
        text=True,
        **streams,
    )
