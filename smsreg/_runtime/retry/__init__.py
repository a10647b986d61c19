"""Classification of failed attempts, retry decisions, and recovery between attempts."""
