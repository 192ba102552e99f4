"""The words of mails: Liquid templates."""
