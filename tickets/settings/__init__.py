"""Settings of tickets, queues and recognition."""
