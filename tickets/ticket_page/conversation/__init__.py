"""What the page shows of the conversation: messages, what happened between them, and one message by itself."""
