"""The other data of a large mirror: jobs with their attempts, batches, schedules, and users."""

STATEMENTS = (
    """
    UPDATE customers SET
        environment = CASE id %% 3 WHEN 0 THEN 'sandbox' ELSE 'production' END,
        is_active = id %% 25 <> 0,
        needs_attention = CASE WHEN id %% 40 = 1 THEN 'Zuora refuses the credentials' ELSE '' END
    """,
    """
    INSERT INTO job_batches (requested_by, created_at)
    SELECT CASE WHEN n %% 5 = 0 THEN 'operator' ELSE 'schedule Hourly' END,
        now() - (%(batches)s - n) * interval '10 minutes'
    FROM generate_series(1, %(batches)s) AS n
    """,
    """
    INSERT INTO job_workers (id, host, pid, application_name, concurrency, started_at,
        heartbeat_at)
    SELECT gen_random_uuid(), 'worker-' || n, 100 + n, 'worker ' || n, 8, now(),
        now() + interval '1 day'
    FROM generate_series(1, 4) AS n
    """,
    # One waits for each customer, the first eight run, the others have ended.
    """
    INSERT INTO job_manager (kind, name, arguments, unique_key, priority, queue, status,
        customer_id, batch_id, requested_by, is_joinable, attempt, workers_lost, worker_id,
        progress_done,
        progress_total, requests, seconds_waited, queued_at, due_at, started_at, finished_at,
        cancel_requested, output, error, exception)
    SELECT 'sync', 'sync customer workflows', '{}', 'sync-' || customer.id, 10, 'default', status,
        customer.id, batch.id, 'schedule Hourly', status <> 'retrying', 1, 0,
        CASE WHEN status = 'running' THEN worker.id END, 250, 500, 30, 0.5,
        ended - interval '10 minutes', ended - interval '10 minutes',
        CASE WHEN status NOT IN ('waiting', 'retrying') THEN ended - interval '5 minutes' END,
        CASE WHEN status NOT IN ('waiting', 'retrying', 'running') THEN ended END, false,
        CASE WHEN status IN ('succeeded', 'completed_with_errors') THEN jsonb_build_object(
            'total', 500, 'created', n %% 7, 'updated', n %% 50, 'unchanged', 440, 'restored', 0,
            'deleted', n %% 3, 'errors', '[]'::jsonb, 'failed', 0, 'exported', 20,
            'requests', 30, 'seconds', 12.5) END,
        CASE WHEN status = 'failed' THEN 'Zuora answered HTTP ' || 500 + n %% 5 ELSE '' END,
        CASE WHEN status = 'failed' THEN repeat('File "client.py", line 10, in send ', 100)
        ELSE '' END
    FROM (
        SELECT n, now() - n * interval '2 minutes' AS ended,
            CASE WHEN n <= %(customers)s THEN 'waiting'
            WHEN n <= %(customers)s + least(8, %(customers)s) THEN 'running'
            WHEN n %% 6 = 0 THEN 'failed'
            WHEN n %% 20 = 1 THEN 'cancelled'
            WHEN n %% 9 = 1 THEN 'completed_with_errors'
            ELSE 'succeeded' END AS status
        FROM generate_series(1, %(jobs)s) AS n
    ) AS made
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers) AS customer
        ON customer.place = 1 + n %% %(customers)s
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM job_batches) AS batch
        ON batch.place = 1 + n %% %(batches)s
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM job_workers) AS worker
        ON worker.place = 1 + n %% 4
    """,
    """
    INSERT INTO job_attempts (job_run_id, number, worker, started_at, finished_at, outcome, error,
        exception)
    SELECT job_manager.id, number, 'worker-1:101', started_at, finished_at, status, error, exception
    FROM job_manager CROSS JOIN generate_series(1, 3) AS number
    WHERE started_at IS NOT NULL AND (number = 1 OR status = 'failed')
    """,
    """
    INSERT INTO schedules (name, cron, timezone, all_customers, "full", is_enabled, last_run_at,
        next_run_at, created_at, updated_at)
    SELECT 'Schedule ' || n, (n %% 60) || ' 5 * * *', 'Europe/Rome', n %% 2 = 0, false, n %% 3 > 0,
        now(), CASE WHEN n %% 3 > 0 THEN now() + n * interval '1 minute' END, now(), now()
    FROM generate_series(1, %(schedules)s) AS n
    """,
    """
    INSERT INTO schedules_customers (schedule_id, customer_id)
    SELECT schedules.id, customers.id
    FROM schedules JOIN customers ON customers.id %% 20 = schedules.id %% 20
    WHERE NOT all_customers AND (schedules.id %% 4 = 3 OR customers.id = schedules.id)
    """,
    """
    INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff,
        is_active, date_joined)
    SELECT '', false, 'user-' || n, 'Ada', 'Rossi ' || n, 'user-' || n || '@example.com', true,
        n %% 10 > 0, now()
    FROM generate_series(1, %(users)s) AS n
    """,
    """
    INSERT INTO auth_user_groups (user_id, group_id)
    SELECT auth_user.id, auth_group.id
    FROM auth_user JOIN auth_group ON auth_group.name = 'Viewers'
    WHERE username LIKE 'user-%%'
    """,
    # Every second one sees the customers of one tenth.
    """
    INSERT INTO user_access (user_id, all_customers, language)
    SELECT id, id %% 2 = 1, '' FROM auth_user WHERE username LIKE 'user-%%'
    """,
    """
    INSERT INTO user_access_customers (useraccess_id, customer_id)
    SELECT user_access.id, customers.id
    FROM user_access JOIN customers ON customers.id %% 10 = user_access.id %% 10
    WHERE NOT all_customers
    """,
)
