"""What the database needs to be told, whatever the rows are about. Imports no room."""
