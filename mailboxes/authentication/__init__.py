"""Who vouches for a mail: the receiving server's word, or our own check of DKIM."""
