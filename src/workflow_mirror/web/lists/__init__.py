"""How a user wants lists to be shown: the forms above and below each list."""
