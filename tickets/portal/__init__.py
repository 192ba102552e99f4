"""The customers' own pages about their tickets: the list, a ticket, a new one, the link that verifies an address."""
