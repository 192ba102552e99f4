"""Watching over mailboxes and beat; checks of the configuration."""
