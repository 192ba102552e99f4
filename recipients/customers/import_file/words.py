"""Words of a spreadsheet that mean yes or no."""

YES = frozenset({"yes", "y", "true", "1", "x", "company"})
NO = frozenset({"no", "n", "false", "0", "person"})
