"""Customers: their pages, authorised senders, merging, and the import."""
