"""Who signs in: access, accounts, invitations, partners, and their pages."""
