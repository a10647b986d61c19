"""What the generated packages stand on. Private: import from the public packages instead."""
