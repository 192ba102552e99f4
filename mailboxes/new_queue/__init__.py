"""A new queue, step by step, and a look at what its customers get."""
