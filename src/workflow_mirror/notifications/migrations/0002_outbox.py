"""Triggers that write the events, in the transaction of the change that they are about.

Whatever process writes the change, and wherever it is killed, there are both or none. While no rule
is enabled nothing is written.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION notification_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM notification_rules WHERE is_enabled) THEN
        INSERT INTO notification_events (kind, at, customer_id, change_id)
        SELECT kind, seen_at, customer_id, id FROM added ORDER BY id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notification_changes AFTER INSERT ON workflow_changes
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION notification_changes();

CREATE FUNCTION notification_failed_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM notification_rules WHERE is_enabled) THEN
        INSERT INTO notification_events (kind, at, customer_id, facts)
        VALUES ('job_failed', clock_timestamp(), NEW.customer_id, jsonb_build_object(
            'job', NEW.id, 'kind', NEW.kind, 'error', NEW.error, 'details', NEW.error_details));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notification_failed_job AFTER UPDATE OF status ON job_manager FOR EACH ROW
WHEN (NEW.status = 'failed' AND OLD.status <> 'failed' AND NEW.kind <> 'notify')
EXECUTE FUNCTION notification_failed_job();

CREATE FUNCTION notification_attention() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM notification_rules WHERE is_enabled) THEN
        INSERT INTO notification_events (kind, at, customer_id, facts)
        VALUES (
            CASE WHEN NEW.needs_attention = '' THEN 'attention_over' ELSE 'attention' END,
            clock_timestamp(), NEW.id, jsonb_build_object(
                'error', NEW.needs_attention, 'details', NEW.attention_details));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notification_attention AFTER UPDATE OF needs_attention ON customers FOR EACH ROW
WHEN ((NEW.needs_attention = '') <> (OLD.needs_attention = ''))
EXECUTE FUNCTION notification_attention();
"""
DROP = """
DROP TRIGGER notification_changes ON workflow_changes;
DROP TRIGGER notification_failed_job ON job_manager;
DROP TRIGGER notification_attention ON customers;
DROP FUNCTION notification_changes, notification_failed_job, notification_attention;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("jobs", "0008_resolved_jobs")]

    operations = [migrations.RunSQL(CREATE, DROP)]
