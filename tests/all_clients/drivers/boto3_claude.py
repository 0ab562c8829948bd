# /// client
# title = "boto3, Converse and ConverseStream with Claude"
# package = "boto3"
# environments = ["boto3"]
# function = "claude"
# ///
"""Drive AWS's SDK for Python at the relay of Bedrock's operations, and Claude."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import boto3_converse  # noqa: F401
