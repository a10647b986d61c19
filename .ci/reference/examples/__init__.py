"""Examples on the pages of operations, a module for each resource."""
