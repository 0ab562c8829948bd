"""API Gateway constructs: methods, CORS, endpoints and grants."""
