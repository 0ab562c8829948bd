"""Run Lambda proxy, HTTP proxy and mock integrations and write their responses."""
