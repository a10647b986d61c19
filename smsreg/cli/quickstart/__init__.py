"""The quickstart: the main job end to end."""
