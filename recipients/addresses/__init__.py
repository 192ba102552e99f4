"""The Recipients page: its list, decisions about addresses, and the deny list."""
