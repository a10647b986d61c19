"""The pages of the site that are written from the code, and the examples on them."""
