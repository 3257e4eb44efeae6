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


def can_be_confirmed(page: str) -> bool:
    """Whether a page that asks before an action has the button that starts it."""
    _, form, inside = page.partition('<form method="post" class="flex flex-row flex-wrap gap-3">')
    assert form
    return 'type="submit"' in inside.partition("</form>")[0]
