"""Refuse the requests that Amazon Bedrock refuses, in its own words."""
