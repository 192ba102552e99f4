"""Whether the sender is believed. Two stories, each in one module, and what agents and visitors say themselves.

- `verification`: the link by which a sender confirms their address. Whether one is due when a ticket opens is asked by
  those who write its mails, below (`tickets.notifications.verification_link`).
- `primary_address`: the request to write from the customer's primary address.
- `acceptance`, `held_messages`, `portal_claims`: an agent accepts or rejects a sender, or one held message; a visitor
  says what is theirs.
- `badges`: the stored decision in words. `request_views`, `validity_views`: the agents' buttons.
"""
