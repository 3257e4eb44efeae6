"""Names for shell completion. Loads no Django and starts no database."""

import os
import re

CUSTOMERS = "SELECT name FROM customers WHERE starts_with(name, %s) ORDER BY name LIMIT 100"
SCHEDULES = "SELECT name FROM schedules WHERE starts_with(name, %s) ORDER BY name LIMIT 100"


def customer_names(incomplete: str) -> list[str]:
    return _names(CUSTOMERS, incomplete)


def schedule_names(incomplete: str) -> list[str]:
    return _names(SCHEDULES, incomplete)


def _names(query: str, incomplete: str) -> list[str]:
    """No names if the database does not respond: an error would appear in the user's prompt."""
    try:
        found = _ask(query, incomplete)
    except Exception:  # noqa: BLE001 - see the docstring
        return []
    names = [name for name in found if name.isprintable()]
    if os.getenv("_ZWM_COMPLETE") == "complete_bash":  # bash does not quote the names itself
        return [re.sub(r"([^\w@%+=:,./-])", r"\\\1", name) for name in names]
    return names


def _ask(query: str, incomplete: str) -> list[str]:
    import psycopg

    from workflow_mirror import home
    from workflow_mirror.embedded import EmbeddedPostgres
    from workflow_mirror.secret_variables import secret

    url = secret("DATABASE_URL") or EmbeddedPostgres(home.data_directory()).url
    with psycopg.connect(url, connect_timeout=2) as connection:
        return [name for (name,) in connection.execute(query, [incomplete])]
