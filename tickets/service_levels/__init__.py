"""Service levels: keeping due times up to date, telling of what is due, and the pages on which they are set."""
