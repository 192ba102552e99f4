"""Which mails an event calls for: audience, gate, content, outbox rows."""
