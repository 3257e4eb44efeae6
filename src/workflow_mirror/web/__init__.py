"""The web admin. Pages use only the database; Zuora is called only by actions that say so."""
