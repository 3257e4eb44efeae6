"""The whole mirror in one encrypted file and back, and its move to another database."""
