"""An API with a store as its constructs synthesize it, served with its table for pages of any origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import BedrockFormat, BedrockModel, StreamingApi, StreamingFunction, StreamStore
from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.support.gateway import Serving
from tests.support.ministack import EXECUTABLE
from tests.support.templates import ROOT

CODE = Path(__file__).with_name("functions")
NOVA = "amazon.nova-lite-v1:0"


@contextmanager
def kept_api(folder: Path, environment: Mapping[str, str], access: Access | None = None) -> Iterator[Serving]:
    """Serve the chat function on its paths, and ``GET /counts`` and ``POST /counts``, which are replayed.

    :param environment: of the functions: the stand-in for Bedrock, and the gate
    :param access: what requests are to be signed with. Default: - nothing
    """
    app = cdk.App(outdir=str(folder / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Kept")
    store = StreamStore(stack, "Streams")
    api = StreamingApi(stack, "Api", model=BedrockModel(NOVA), store=store, allow_origins=["*"])
    api.add_bedrock_routes(formats=[*BedrockFormat])
    code = lambda_.Code.from_asset(str(CODE), exclude=["*", "!kept.py"])
    counts = StreamingFunction(stack, "Counts", code=code, handler="kept.counts")
    store.keep_streams_of(counts, replay=True)
    for method in ("GET", "POST"):
        api.add_stream("counts", http_method=method, handler=counts)
    app.synth()
    application = load_assembly(folder / "cdk.out", "Kept", "us-east-1", ROOT)
    given = {**LOCAL_CREDENTIALS, **environment}
    with Serving(application, environment=given, ministack=EXECUTABLE, access=access) as serving:
        yield serving
