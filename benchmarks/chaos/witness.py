"""A witness in the database: detects writes to a customer's mirror without the customer's lock.

The lock is an exclusive lock of PostgreSQL. So if every row was written by a connection that held
its customer's lock at that moment, no two syncs ever wrote at the same time.
"""

from dataclasses import dataclass

from django.db import connection

from workflow_mirror.sync.lock import NAMESPACE

# A row's customer, by table.
WATCHED = {
    "workflows": "touched.customer_id",
    "workflow_exports": "touched.customer_id",
    "tasks": "(SELECT customer_id FROM workflows WHERE workflows.id = touched.workflow_id)",
}
# The sequence counts also what is rolled back later; the table keeps only what lasts.
TABLES = """
CREATE SEQUENCE witnessed_writes;
CREATE TABLE writes_without_lock (
    written_at timestamptz DEFAULT clock_timestamp(), written_by text, what text, customer bigint)
"""
FUNCTION = """
CREATE FUNCTION witness_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched record := coalesce(NEW, OLD);
    customer bigint := {customer};
    key bigint := ({namespace}::bigint << 40) | customer;
BEGIN
    PERFORM nextval('witnessed_writes');
    IF NOT EXISTS (SELECT 1 FROM pg_locks
        WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND granted AND objsubid = 1
        AND (classid::bigint << 32) | objid::bigint = key)
    THEN
        INSERT INTO writes_without_lock (written_by, what, customer)
        VALUES (current_setting('application_name'), TG_OP || ' {table}', customer);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION witness_{table}()
"""


@dataclass(frozen=True)
class Testimony:
    """Rows written in all, and what was written without the lock."""

    writes: int
    unlocked: list[str]


def install() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for table, customer in WATCHED.items():
            cursor.execute(FUNCTION.format(table=table, customer=customer, namespace=NAMESPACE))


def hear() -> Testimony:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM witnessed_writes")
        [writes] = cursor.fetchone()
        cursor.execute(
            "SELECT format('%s at %s by %s for customer %s', what, written_at, written_by,"
            " customer) FROM writes_without_lock ORDER BY written_at"
        )
        return Testimony(writes, [row[0] for row in cursor.fetchall()])
