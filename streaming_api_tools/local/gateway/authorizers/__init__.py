"""Authorize requests by IAM, Lambda authorizers, Cognito and usage plans."""
