"""Define function URLs, and the distributions of Amazon CloudFront in front of them."""
