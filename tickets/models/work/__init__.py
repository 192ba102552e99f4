"""The work itself: tickets, comments, files, drafts, events, outgoing mail."""
