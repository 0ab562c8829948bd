"""Define keys as an earlier version did, beside the authorizer, or as this one does: ``-c now=1``."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from cdk_streaming_api import ApiKeyAuthorizer, StreamingApi

app = cdk.App(builtin_cloud_formation_validation=False)
stack = cdk.Stack(app, "Keyed")
if app.node.try_get_context("now"):
    keys = ApiKeyAuthorizer(stack, "Keys")
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    StreamingApi(stack, "Api", handler=theirs, authorizer=keys).add_stream("chat")
    secret = keys.secret
else:
    secret = secretsmanager.Secret(
        stack,
        "KeysSecret",
        description="Keys of the clients of a streaming API: a JSON object of names to keys",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            secret_string_template="{}",
            generate_string_key="default",
            password_length=48,
            exclude_punctuation=True,
        ),
    )
cdk.CfnOutput(stack, "SecretArn", value=secret.secret_arn)
app.synth()
