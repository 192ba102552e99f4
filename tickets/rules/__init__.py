"""Rules for new requests, and rules over time: conditions and actions (pure), what they decide, and their pages."""
