"""What of a text is new, what quoted, what forwarded."""
