"""Tickets that wait: put off until a time or an answer, and closed by themselves where none comes."""
