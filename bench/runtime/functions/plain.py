"""What a Python function is at least: AWS's runtime client and a handler that returns."""


def handler(event: object, context: object) -> dict[str, object]:
    return {"statusCode": 200, "body": "{}"}
