"""Assignment by itself: who gets the tickets that are nobody's, and those of somebody who is away."""
