"""The quickstart: the main workflow end to end."""
