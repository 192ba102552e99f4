"""What is said in a ticket: participants, status after a message, drafts, undo, merge."""
