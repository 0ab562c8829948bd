"""Turn SAM and OpenAPI into the CloudFormation resources that they stand for."""
