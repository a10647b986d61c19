"""The pages of the site that are generated from the code, and the examples on them."""
