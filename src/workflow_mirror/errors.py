"""The base of our own errors; see error_texts.py for what is said about any error."""


class SafeError(Exception):
    """Base of the errors whose message this program writes: no parameter, secret or document."""
