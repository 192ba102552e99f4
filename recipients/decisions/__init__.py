"""What agents decide about addresses: pairing, banning, sharing, renaming, and undoing each of them."""
