"""Time: working hours, which service level holds, and when something is due. Pure; it knows no database."""
