"""Who is behind an address: the directory, the match, its validity and its explanation."""
