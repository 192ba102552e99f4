"""What administrators set up: queues and settings."""
