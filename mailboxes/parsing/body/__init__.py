"""What the parts of a mail hold: text, HTML, files."""
