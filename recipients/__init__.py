"""Everybody with whom we exchange mail: recipients, customers and users, and who is behind an address.

The lowest of the rooms; it knows nothing of tickets and mailboxes. Its folders import downwards only:

    portal      the customers' pages about themselves: signing in, account details, authorised senders
    customers   their pages, authorised senders, merging, and the import
    exports     the Recipients page as a file and on paper
    addresses   the Recipients page: its list, deciding about addresses, their history, and the deny list
    users       who signs in to work and what they may see; partners    (these four know nothing of each other)
    search      finding customers and addresses by words
    decisions   pairing, banning, sharing, renaming, and undoing each of them
    matching    who is behind an address, why, and whether that is valid
    models      rows, and the small verbs that change them
    addressing  what an address is; knows no rows
"""
