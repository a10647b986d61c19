"""Examples for SMS and voice: a function has the name of its operation."""
