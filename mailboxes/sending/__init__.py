"""Outgoing mail: the outbox, the message, its identity, SMTP."""
