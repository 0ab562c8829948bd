"""Hold requests to what the deployment allows: tokens, and fields that callers may send."""
