"""HTML and plain text: what of HTML may stay, how it reads, where links are. Knows no Django and imports no room."""
