"""The web application, for any ASGI server; `zwm web` runs it with uvicorn."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_mirror.settings")

application = get_asgi_application()
