"""How templates and forms become HTML: without white space that nobody sees, and selects without a template each."""
