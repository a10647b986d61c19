"""The runtime of the generated packages. Private: import from the public packages instead."""
