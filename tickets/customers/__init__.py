"""Whose ticket it is: assignment, pairing, transfer, merging, rematching, and their pages."""
