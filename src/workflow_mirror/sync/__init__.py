"""Bringing one customer's mirror up to date: the one engine, whoever asks for it."""
