"""The wording of mails: Liquid templates, in every language; and whose they are. Imports no room."""
