"""The plain values that parsing works with, and patterns."""
