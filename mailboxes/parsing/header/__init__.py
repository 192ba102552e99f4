"""What the header of a mail says: addresses, dates, subjects, parameters."""
