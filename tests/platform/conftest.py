"""The account that the platform is deployed to."""

from tests.deploy.conftest import aws, cdk, clients

__all__ = ["aws", "cdk", "clients"]
