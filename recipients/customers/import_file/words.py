"""Which words of a spreadsheet mean yes, and which no?"""

YES = frozenset({"yes", "y", "true", "1", "x", "company"})
NO = frozenset({"no", "n", "false", "0", "person"})
