"""What all agents' pages share: finding a ticket or a customer, feedback."""
