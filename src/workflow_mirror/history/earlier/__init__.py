"""Earlier versions: those that Zuora's list names and the mirror lacks, fetched in the background.

A Django app of its own, with its own tables.
"""
