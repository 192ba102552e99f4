"""The mail log, the outbox and the source of a mail, as pages."""
