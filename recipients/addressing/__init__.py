"""What an address is: normal form, domains, look-alikes, patterns of deny rules. Knows no rows."""
