"""Token calls of all processes of a host, spread so that Zuora's limit is never reached.

Source: API.md section 2. Zuora allows 100 token calls a minute for one IP address, over all
tenants together. What shares an address is taken to be what shares a host name.
"""

import socket

from workflow_mirror.customers.spare_connections import spare_cursor

# At most PER_MINUTE + BURST_FOR_PEOPLE calls fall into any minute. What is left of the 100 is for
# calls that take longer on their way than others, and for other programs of this address.
PER_MINUTE = 70.0
BURST = 16
# The last places are kept for a person who waits for the answer, however many syncs do.
BURST_FOR_PEOPLE = 24

# The generic cell rate algorithm: `drained_at` is when all calls so far will have been worked off
# at the steady rate, and a burst is how far it may lie ahead. It never lies a minute ahead, unless
# the database's clock was put back.
_TAKE = """
INSERT INTO zuora_token_calls AS calls (host, drained_at)
VALUES (%(host)s, clock_timestamp() + make_interval(secs => %(interval)s))
ON CONFLICT (host) DO UPDATE SET drained_at = make_interval(secs => %(interval)s) + CASE
    WHEN calls.drained_at > clock_timestamp() + interval '1 minute' THEN clock_timestamp()
    ELSE greatest(calls.drained_at, clock_timestamp()) END
WHERE calls.drained_at <= clock_timestamp() + make_interval(secs => %(ahead)s)
    OR calls.drained_at > clock_timestamp() + interval '1 minute'
RETURNING drained_at
"""
_SECONDS_AHEAD = """
SELECT extract(epoch FROM drained_at - clock_timestamp())::float8
FROM zuora_token_calls WHERE host = %s
"""
SHORTEST_WAIT = 0.01  # another caller has taken this turn


class TokenPace:
    """The `token_pace` of a ZuoraClient: a row for the host, and no clock but the database's.

    A row of a host that is no more does no harm.
    """

    def __init__(
        self, host: str = "", *, per_minute: float = PER_MINUTE, burst: int = BURST
    ) -> None:
        self._host = host or socket.gethostname()
        self._interval = 60 / per_minute
        self._ahead = (burst - 1) * self._interval

    def __call__(self) -> float:
        with spare_cursor() as cursor:
            cursor.execute(
                _TAKE, {"host": self._host, "interval": self._interval, "ahead": self._ahead}
            )
            if cursor.fetchone():
                return 0.0
            cursor.execute(_SECONDS_AHEAD, [self._host])
            row = cursor.fetchone()
        ahead = row[0] if row else 0.0
        return max(SHORTEST_WAIT, ahead - self._ahead)
