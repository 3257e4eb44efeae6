"""The page *Search*: where something is used, over all tasks of all customers."""
