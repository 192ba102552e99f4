"""What would happen to a mail, and what changes if authentication is enforced."""
