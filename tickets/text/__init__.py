"""Text and HTML of messages, and the signed references in mails. Knows no rows."""
