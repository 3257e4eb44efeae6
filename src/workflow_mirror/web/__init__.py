"""The web admin. Pages answer from the database alone; only actions that say so call Zuora."""
