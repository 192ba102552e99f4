"""The ticket's page: conversation, composer, panel, history, properties."""
