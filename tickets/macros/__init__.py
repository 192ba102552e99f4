"""Canned replies and macros: what agents write and do again and again."""
