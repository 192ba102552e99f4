"""Custom fields on tickets and customers: their form, their columns, and their page."""
