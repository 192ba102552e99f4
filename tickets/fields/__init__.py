"""Fields of one's own on tickets and customers: their form, their columns, and their page."""
