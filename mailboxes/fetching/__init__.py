"""Fetching mail by IMAP, and reconciling the ledger with the folder."""
