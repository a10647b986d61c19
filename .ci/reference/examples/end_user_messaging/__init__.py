"""Examples for brand profiles and passcodes: a function has the name of its operation."""
