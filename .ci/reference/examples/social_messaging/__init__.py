"""Examples for WhatsApp: a function has the name of its operation."""
