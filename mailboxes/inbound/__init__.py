"""The way of one incoming mail: filters, decision, what is done, the conclusion."""
