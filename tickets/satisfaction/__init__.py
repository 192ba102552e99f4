"""Whether customers are satisfied: the question after a ticket is done, its answer, and a report."""
