"""Saved views: a search, or later a filtered list, that a user has saved and may share."""
