"""Define a pipeline: each commit is deployed and proved in staging, and goes to production once allowed."""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import Arn, ArnComponents, ArnFormat, Environment, Stack, Stage, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from constructs import Construct

from .accepted_pipeline_findings import accept
from .chat_stack import ChatStack
from .pipeline_settings import PipelineSettings, TargetEnvironment
from .settings import DeploymentSettings

_PACKAGE = Path(__file__).resolve().parent.parent / "package.json"
#: npm's `latest` of the command line is an accident, and what publishes assets is pinned beside it.
CDK_VERSION: str = json.loads(_PACKAGE.read_text("utf-8"))["devDependencies"]["aws-cdk"]
ASSETS_VERSION = "4.7.3"
PYTHON_VERSION = "3.12"
#: Whatever then asks for credentials assumes the role with those of CodeBuild; no key is printed or stored.
ASSUME_ROLE = [
    r'printf "[default]\nrole_arn = %s\n" "$SMOKE_ROLE_ARN" > aws.config',
    r'printf "credential_source = EcsContainer\n" >> aws.config',
    'export AWS_CONFIG_FILE="$PWD/aws.config"',
]


class ChatStage(Stage):
    """The reference deployment in one environment, and a role that may challenge its probe, nothing else."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        target: TargetEnvironment,
        tools: TargetEnvironment,
        settings: DeploymentSettings,
    ) -> None:
        """Define the stage.

        :param scope: the pipeline.
        :param construct_id: name of the stage, the first part of the names of its stacks.
        :param target: where it is deployed.
        :param tools: where the pipeline is, whose account may assume the role.
        :param settings: what is set for the deployment.
        """
        super().__init__(scope, construct_id, env=Environment(account=target.account, region=target.region))
        chat = ChatStack(self, "StreamingChat", settings=settings)
        # named, because the pipeline must know it before it is there
        name = f"StreamingChat{construct_id}Smoke-{target.region}"
        role = iam.Role(
            chat,
            "SmokeRole",
            role_name=name,
            assumed_by=iam.PrincipalWithConditions(
                iam.AccountPrincipal(tools.account),
                {"ArnLike": {"aws:PrincipalArn": f"arn:*:iam::{tools.account}:role/{name}-step"}},
            ),
            description="Challenges the probe of the deployment",
        )
        chat.probe.grant_execute(role)
        self.probe_url = chat.outputs["ProbeUrl"]
        self.role_name = name


class PipelineStack(Stack):
    """A pipeline that changes itself first and then deploys: staging, proof, approval, production, proof.

    A proof that fails in production makes CodePipeline deploy the last revision again that succeeded there.
    See https://docs.aws.amazon.com/cdk/v2/guide/cdk-pipeline.html and
    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: DeploymentSettings, pipeline: PipelineSettings
    ) -> None:
        """Define the stack.

        :param scope: the app.
        :param construct_id: name of the stack.
        :param settings: what is set for both deployments.
        :param pipeline: what the pipeline deploys from where to where.
        """
        tools = pipeline.tools
        super().__init__(
            scope,
            construct_id,
            env=Environment(account=tools.account, region=tools.region),
            description="Pipeline of the streaming API: staging, proof, approval, production, proof",
        )
        self._source = pipelines.CodePipelineSource.connection(
            pipeline.repository, pipeline.branch, connection_arn=pipeline.connection_arn
        )
        self._pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            synth=pipelines.ShellStep(
                "Synth", input=self._source, commands=["make synth"], primary_output_directory="cdk.out"
            ),
            pipeline_type=codepipeline.PipelineType.V2,
            cli_version=CDK_VERSION,
            cdk_assets_cli_version=ASSETS_VERSION,
            cross_account_keys=True,
            enable_key_rotation=True,
            # one role for CodePipeline and its actions instead of one for each
            use_pipeline_role_for_actions=True,
            code_build_defaults=_build_options(),
        )
        staging = ChatStage(self, "Staging", target=pipeline.staging, tools=tools, settings=settings)
        production = ChatStage(self, "Production", target=pipeline.production, tools=tools, settings=settings)
        proof = self._proof(staging)
        # the approval ends staging, so that a rollback of production needs none
        approval = pipelines.ManualApprovalStep("Approve", comment="Staging streams. Deploy to production?")
        approval.add_step_dependency(proof)
        self._pipeline.add_stage(staging, post=[proof, approval])
        self._pipeline.add_stage(production, post=[self._proof(production)])
        self._pipeline.build_pipeline()
        self._roll_back_production()
        accept(self, self._pipeline)

    def _proof(self, stage: ChatStage) -> pipelines.CodeBuildStep:
        """Return the step that challenges the probe of a stage, with the stage's role for it."""
        role_arn = Arn.format(
            ArnComponents(
                partition=self.partition,
                service="iam",
                region="",
                account=stage.account or "",
                resource="role",
                resource_name=stage.role_name,
                arn_format=ArnFormat.SLASH_RESOURCE_NAME,
            )
        )
        name = f"Prove that {stage.stage_name} streams"
        step_role = iam.Role(
            self,
            f"{stage.stage_name}Proof",
            role_name=f"{stage.role_name}-step",
            assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
        )
        return pipelines.CodeBuildStep(
            name,
            input=self._source,
            role=step_role,
            role_policy_statements=[
                iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[role_arn]),
            ],
            env={"SMOKE_ROLE_ARN": role_arn},
            env_from_cfn_outputs={"PROBE_URL": stage.probe_url},
            install_commands=[
                "python3 -m venv .venv",
                ".venv/bin/pip install --quiet --require-hashes -r requirements-deploy.txt",
                ".venv/bin/pip install --quiet --no-deps --no-build-isolation .",
            ],
            commands=[
                *ASSUME_ROLE,
                '.venv/bin/streaming-api smoke "$PROBE_URL" --wait 120 --junit smoke.xml',
            ],
            partial_build_spec=codebuild.BuildSpec.from_object(
                {"reports": {"smoke": {"files": ["smoke.xml"], "file-format": "JUNITXML"}}}
            ),
        )

    def _roll_back_production(self) -> None:
        """Let CodePipeline go back to the last good revision; the construct has no property for it."""
        underlying = self._pipeline.pipeline
        definition = underlying.node.default_child
        assert isinstance(definition, codepipeline.CfnPipeline)
        last = underlying.stage_count - 1
        definition.add_property_override(f"Stages.{last}.OnFailure", {"Result": "ROLLBACK"})


def _build_options() -> pipelines.CodeBuildOptions:
    return pipelines.CodeBuildOptions(
        build_environment=codebuild.BuildEnvironment(build_image=codebuild.LinuxBuildImage.STANDARD_7_0),
        partial_build_spec=codebuild.BuildSpec.from_object(
            {"phases": {"install": {"runtime-versions": {"python": PYTHON_VERSION}}}}
        ),
    )
