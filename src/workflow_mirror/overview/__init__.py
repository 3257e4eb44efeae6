"""Information about customers from jobs, workflows and schedules together."""
