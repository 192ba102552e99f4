"""Signing in to mailboxes at Google and Microsoft (OAuth2): the way there and back, and tokens that are kept fresh."""
