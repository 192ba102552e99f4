"""Stories that go through several rooms, mail by mail."""
