"""Property tests: every operation of both services against botocore's own model and codecs."""
