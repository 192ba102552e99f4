"""What is said in a ticket: replies, notes, people in CC, drafts, status after a message, merging tickets, undo."""
