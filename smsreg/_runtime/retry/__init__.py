"""What a failed attempt means, whether another follows, and what can be corrected in between."""
