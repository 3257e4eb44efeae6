"""How pages write dates: the same in every language, and without names of days."""
