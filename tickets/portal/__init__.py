"""The customers' own pages about their tickets: the list, a ticket, a new one, those behind the links of mails."""
