"""A helpdesk to try: its people and mails, a mail server in this process, and pages to write and read as anybody."""
