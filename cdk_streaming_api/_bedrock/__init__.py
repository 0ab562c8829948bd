"""Bedrock models and the IAM statements that they need."""
