"""The index of a large mirror: references and texts for the tasks of `benchmarks.web_data`.

Some names and words occur everywhere and others once, as in real mirrors: the place of a name in
its list is the cube of a random number. Created in the database with a few statements.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_WORDS = 4000
_HOSTS, _MAILBOXES, _FIELDS, _CONSTANTS = 2000, 5000, 600, 300

_MAKE_WORDS = (
    # Words of syllables, so that they share trigrams.
    """
    CREATE TEMPORARY TABLE words AS
    SELECT n, (SELECT string_agg(
            syllable[1 + abs(hashint8(n * 31 + place)) %% 40], '' ORDER BY place)
        FROM generate_series(1, 2 + n %% 3) AS place) AS word
    FROM generate_series(0, %(words)s - 1) AS n,
    (SELECT string_to_array('ac,bil,con,dun,er,fat,gen,hol,in,jour,kan,led,men,nor,or,pay,quo,re,'
        'sub,tax,un,vo,wal,ex,ya,zo,ration,voice,ment,count,ing,scri,ption,order,ship,ex,port,im,'
        'tion,al', ',') AS syllable) AS made
    """,
    "CREATE UNIQUE INDEX ON words (n)",
    "ANALYZE words",
)
_REFERENCES = (
    # One task after the other, as the program stores them: its references lie together.
    """
    INSERT INTO workflow_references (customer_id, workflow_id, task_id, kind, name, name_lower,
        field_lower, path, confidence)
    SELECT customer_id, workflow_id, id, kind, named.name, lower(named.name),
        CASE WHEN kind = 'field' THEN lower(split_part(named.name, '.', 2)) ELSE '' END,
        'parameters.p' || place, 'certain'
    FROM tasks CROSS JOIN LATERAL generate_series(1, 14 + 0 * tasks.id) AS place
    CROSS JOIN LATERAL (
        SELECT power(abs(hashint8(tasks.id * 17 + place) %% 100000) / 100000.0, 3) AS chance
    ) AS drawn
    CROSS JOIN LATERAL (
        SELECT CASE WHEN place <= 9 THEN 'field' WHEN place = 10 THEN 'object'
            WHEN place = 11 THEN 'host' WHEN place = 12 THEN 'url' WHEN place = 13 THEN 'email'
            WHEN tasks.id %% 5 = 0 THEN 'secret' ELSE 'constant' END AS kind,
            'erp' || floor(chance * %(hosts)s) || '.example.com' AS host,
            (ARRAY['Account', 'Subscription', 'Invoice', 'Payment', 'Order'])
                [1 + floor(chance * 5)::int] AS owner
    ) AS one
    CROSS JOIN LATERAL (
        SELECT CASE kind
            WHEN 'field' THEN owner || '.Field' || floor(chance * %(fields)s) || '__c'
            WHEN 'object' THEN owner WHEN 'host' THEN host
            WHEN 'url' THEN 'https://' || host || '/v1/items/' || tasks.id
            WHEN 'email' THEN 'user' || floor(chance * %(mailboxes)s) || '@mail'
                || floor(chance * 200) || '.example.com'
            WHEN 'constant' THEN 'CONST_' || floor(chance * %(constants)s) ELSE '' END AS name
    ) AS named
    """,
)
_TEXTS = (
    """
    INSERT INTO workflow_texts (customer_id, workflow_id, task_id, name, text, name_hashes)
    SELECT customer_id, tasks.workflow_id, tasks.id, '', concat_ws(E'\\n', lower(tasks.name),
        'task number ' || tasks.id, texts.words, names.names), hashed.hashes
    FROM tasks
    CROSS JOIN LATERAL (
        SELECT string_agg(word, CASE WHEN place %% 6 = 0 THEN E'\\n' ELSE ' ' END) AS words
        FROM generate_series(1, 40) AS place JOIN words ON n = floor(%(words)s
            * power(abs(hashint8(tasks.id * 41 + place) %% 100000) / 100000.0, 3))::int
    ) AS texts
    CROSS JOIN LATERAL (
        SELECT string_agg(DISTINCT name_lower, E'\\n') AS names FROM workflow_references
        WHERE workflow_id = tasks.workflow_id AND coalesce(task_id, 0) = tasks.id
    ) AS names
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT ('x' || left(md5(key), 16))::bit(64)::bigint) AS hashes
        FROM (
            SELECT 'type:' || action_type
            UNION ALL SELECT unnest(ARRAY['has:' || kind] || CASE kind
                WHEN 'field' THEN ARRAY['field:' || name_lower, 'field:' || field_lower]
                WHEN 'host' THEN ARRAY['host:' || name_lower, 'host:example.com', 'host:com']
                WHEN 'email' THEN ARRAY['email:' || name_lower,
                    'email:' || split_part(name_lower, '@', 1) || '@',
                    'email:@' || split_part(name_lower, '@', 2)]
                WHEN 'object' THEN ARRAY['object:' || name_lower]
                WHEN 'constant' THEN ARRAY['constant:' || name_lower] END)
            FROM workflow_references
            WHERE workflow_id = tasks.workflow_id AND coalesce(task_id, 0) = tasks.id
        ) AS keys(key)
    ) AS hashed
    """,
    """
    INSERT INTO workflow_texts (customer_id, workflow_id, task_id, name, text, name_hashes)
    SELECT customer_id, id, NULL, lower(name), lower(name) || E'\\n' || lower(description), '{}'
    FROM workflows
    """,
    "DROP TABLE words",
)
_STATE = """
INSERT INTO workflow_reference_state (workflow_id, extractor_version, export_hash, unparsed,
    indexed_at)
SELECT id, %(version)s, export_hash, (id %% 50 = 0)::int, now() FROM workflows
"""


def fill_index() -> None:
    """For a database that `web_data.fill` has filled."""
    from django.db import connection

    from workflow_mirror.references.extract import EXTRACTOR_VERSION

    values = {
        "words": _WORDS,
        "hosts": _HOSTS,
        "mailboxes": _MAILBOXES,
        "fields": _FIELDS,
        "constants": _CONSTANTS,
        "version": EXTRACTOR_VERSION,
    }
    with connection.cursor() as cursor:
        _run(cursor, _MAKE_WORDS, values)
        with _indexed_afterwards(cursor, "workflow_references"):
            _run(cursor, _REFERENCES, values)
        with _indexed_afterwards(cursor, "workflow_texts"):
            _run(cursor, _TEXTS, values)
        cursor.execute(_STATE, values)
        cursor.execute("VACUUM ANALYZE")


def _run(cursor: Any, statements: Iterable[str], values: dict[str, int]) -> None:
    for statement in statements:
        cursor.execute(statement, values)


@contextmanager
def _indexed_afterwards(cursor: Any, table: str) -> Iterator[None]:
    """Build the table's indexes after it is filled: row by row takes several times as long."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        cursor.execute(definition)
    cursor.execute("RESET maintenance_work_mem")


def sizes() -> dict[str, float]:
    """Bytes a task, with the indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) / (SELECT count(*) FROM tasks)::float"
            " FROM pg_class WHERE relname IN ('workflow_references', 'workflow_texts')"
        )
        return {name: round(size) for name, size in cursor.fetchall()}
