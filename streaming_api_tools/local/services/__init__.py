"""Stand in for the AWS services that functions call."""
