"""The web application, for any ASGI server; `zwm web` runs it with uvicorn."""

import os

from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_mirror.settings")

application = get_asgi_application()

# Imports every page now, about a second of work that Django would leave to the first request.
_ = get_resolver().url_patterns
