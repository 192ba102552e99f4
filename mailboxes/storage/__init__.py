"""Raw mails, passwords and the search index of mails."""
