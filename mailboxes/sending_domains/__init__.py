"""Sending domains: what the name servers say of those that we send for, and what should stand there."""
