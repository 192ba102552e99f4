"""What is said in a ticket: replies, notes, people in CC, status after a message, merging tickets, undo."""
