"""How tests drive a browser."""
