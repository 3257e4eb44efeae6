"""Reading from Zuora. Imports no Django and nothing of the other rooms."""
