"""What a user reads on a page."""

import re
from typing import Any

from django.test import Client

# Random letters, which may spell any short word that a test looks for.
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")\w+')


def shown(browser: Client, address: str, **options: Any) -> str:
    answer = browser.get(address, **options)
    assert answer.status_code == 200
    return TOKEN.sub(r"\1", answer.content.decode())
