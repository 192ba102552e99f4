"""How to reach a mail server: host, port, encryption, sign-in, and presets of providers."""
