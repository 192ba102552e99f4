"""Whether the sender is believed: verification link, primary-address request, held messages, portal claims, badges."""
