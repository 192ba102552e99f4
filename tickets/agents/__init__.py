"""What agents' pages share: finding a ticket or a customer, and feedback."""
