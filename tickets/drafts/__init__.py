"""What agents and visitors type and attach and have not sent: rows, files, and the views that keep them."""
