"""Brings one customer's mirror up to date: the one engine for all callers."""
