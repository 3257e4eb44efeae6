"""Comparing tenants: the workflows of two customers, pair by pair, from the mirror alone.

`pairing` finds the counterpart of each workflow, history.diff what differs in it, and `expected`
what of that a rule expects. These parts are pure; `service` brings in the mirror. See
docs/explanation/compare.md.
"""
