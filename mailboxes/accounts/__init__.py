"""Mailboxes and their addresses in the settings, and the connection check."""
