"""The wording of mails: Liquid templates, in every language. Imports no room."""
