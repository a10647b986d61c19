"""All code that uses aiobotocore, botocore or aiohttp."""
