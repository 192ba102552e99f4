"""Is the sender to be believed: verification, primary-address requests, claims, badges."""
