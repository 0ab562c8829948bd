"""Read CloudFormation, SAM and OpenAPI templates, and judge how they stream."""
