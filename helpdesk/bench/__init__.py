"""Measurements: how fast mail comes in, what pages cost, how many keys an agent's day takes."""
