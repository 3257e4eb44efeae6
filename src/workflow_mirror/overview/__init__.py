"""What is known of a customer from its jobs, workflows and schedules together."""
