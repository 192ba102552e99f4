"""The customers' own pages about themselves: signing in, account details, authorised senders."""
