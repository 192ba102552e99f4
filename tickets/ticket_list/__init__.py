"""The list of tickets: columns, filters, views, changes of many at once."""
