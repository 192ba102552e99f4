"""Customers from a file: read (`files`), planned row by row (`plan`), done as a whole or not at all (`carry_out`)."""
