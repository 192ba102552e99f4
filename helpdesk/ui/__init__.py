"""What every page is made of: cells, chips, columns, pages of a list, marks. Imports no room."""
