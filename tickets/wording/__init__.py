"""Mails in a queue's own words, and in the built-in ones where those are missing or broken."""
