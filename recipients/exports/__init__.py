"""CSV, XLSX, JSON and print of the Recipients page."""
