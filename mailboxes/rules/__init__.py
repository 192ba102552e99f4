"""The form of a rule for new requests, and its trial against past mail."""
