"""Running the helpdesk: health, metrics, logs, the proxy before it, files."""
