"""API Gateway: routes, authorizes, validates and integrates each request."""
