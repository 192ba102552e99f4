"""Finding customers and addresses by words."""
