"""All that touches aiobotocore, botocore and aiohttp."""
