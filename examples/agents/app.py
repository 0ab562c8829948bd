"""The app that ``cdk deploy`` runs: three agents behind one API that streams."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Stack, Validations
from constructs import Construct

from cdk_streaming_api import BedrockModel, BundledCode, StreamingApi, StreamingFunction, StreamingRules

HERE = Path(__file__).parent
MODEL = "us.amazon.nova-2-lite-v1:0"
#: path -> folder of the agent
AGENTS = {"strands": "strands", "pydantic-ai": "pydantic_ai", "ag-ui": "ag_ui"}


class AgentsStack(Stack):
    """``POST /strands``, ``/pydantic-ai`` and ``/ag-ui`` stream the words and the tool calls of an agent."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Define the stack."""
        super().__init__(scope, construct_id)
        api = StreamingApi(self, "Api")
        model = BedrockModel(MODEL)
        for path, folder in AGENTS.items():
            agent = StreamingFunction(
                self,
                f"Agent-{path}",
                code=BundledCode(str(HERE / folder)),
                handler="app.handler",
                # the share of a processor goes with the memory, and imports take most of a cold start
                memory_size=1769,
                timeout=Duration.minutes(5),
                environment={"MODEL_ID": MODEL},
            )
            model.grant_stream(agent)
            stream = api.add_stream(path, handler=agent, timeout=Duration.minutes(5))
            CfnOutput(self, f"Url-{path}", value=stream.url)


if __name__ == "__main__":
    app = App()
    Validations.of(app).add_plugins(StreamingRules())
    AgentsStack(app, "Agents")
    app.synth()
