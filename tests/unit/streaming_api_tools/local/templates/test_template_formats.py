"""Templates in YAML, SAM's resources and OpenAPI definitions become what plain CloudFormation does."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_api_tools.local.application import (
    Application,
    LambdaAuthorizer,
    LambdaIntegration,
    MockIntegration,
    Route,
    TransferMode,
    UnsupportedError,
)
from streaming_api_tools.local.templates.cloud_assembly import SourceError, load_template

SAM = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Timeout: 60
    Environment: {Variables: {SHARED: "1"}}
    Layers: [!Ref Libraries]
Parameters:
  Stage: {Type: String, Default: live}
Resources:
  Libraries:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      EndpointConfiguration: {Type: REGIONAL}
      BinaryMediaTypes: [image~1png]
      AccessLogSetting: {Format: $context.status}
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard:
            FunctionArn: !GetAtt Chat.Arn
            FunctionPayloadType: REQUEST
            Identity: {Headers: [X-Token], ReauthorizeEvery: 0}
      GatewayResponses:
        UNAUTHORIZED: {StatusCode: 499, ResponseParameters: {Headers: {X-Own: "'1'"}}}
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.handler
      Environment: {Variables: {OWN: !Sub "${AWS::Region}-1"}}
      Events:
        Chat:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /chat/{id}
            Method: post
            ResponseTransferMode: RESPONSE_STREAM
            TimeoutInMillis: 900000
        Open:
          Type: Api
          Properties: {RestApiId: !Ref Api, Path: /open, Method: any, Auth: {Authorizer: NONE}}
        Other: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
  Plain:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): pass"
      Handler: index.handler
      Layers: []
      Events:
        Plain:
          Type: Api
          Properties: {Path: /, Method: GET, Auth: {Authorizer: AWS_IAM, ApiKeyRequired: true}}
"""
DEFINITION = """
openapi: 3.0.1
info: {title: Defined}
security: [{guard: []}]
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-gateway-responses: {DEFAULT_4XX: {statusCode: 418}}
components:
  securitySchemes:
    iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    key: {type: apiKey, name: x-api-key, in: header}
    guard:
      type: apiKey
      name: X-Token
      in: header
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: !Sub arn:aws:apigateway:eu:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations
        authorizerResultTtlInSeconds: 5
paths:
  /chat/{proxy+}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration: &integration
        type: aws_proxy
        httpMethod: POST
        uri:
          Fn::Join:
            - /
            - - arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions
              - !GetAtt Fn.Arn
              - response-streaming-invocations
        responseTransferMode: STREAM
        timeoutInMillis: 120000
  /signed:
    get: {security: [{iam: []}], x-amazon-apigateway-integration: *integration}
    options:
      security: []
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 204}'}
        responses:
          default: {statusCode: 204, responseParameters: {method.response.header.X-Own: "'1'"}}
  /keyed:
    get: {security: [{key: []}], x-amazon-apigateway-integration: *integration}
"""
DEFINED = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}}
  Stage: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: prod}}
  Fn:
    Type: AWS::Lambda::Function
    Properties: {Code: code, Handler: a.b, Runtime: nodejs24.x}
"""


def read(text: str, folder: Path, name: str = "template.yaml") -> Application:
    """Return what a template serves that lies beside code, a layer and a definition."""
    for directory in ("code", "layer", "scratch"):
        (folder / directory).mkdir()
    (folder / "api.yaml").write_text(DEFINITION, "utf-8")
    (folder / name).write_text(text, "utf-8")
    return load_template(folder / name, "eu-west-1", folder / "scratch")


def streamed(route: Route) -> LambdaIntegration:
    """Return the integration of a route that streams."""
    assert isinstance(route.integration, LambdaIntegration)
    assert route.integration.mode is TransferMode.STREAM
    return route.integration


def test_sam_template_is_read_as_apis_functions_and_layers(tmp_path: Path) -> None:
    api, implicit = read(SAM, tmp_path).apis
    chat, open_ = sorted(api.routes, key=lambda route: route.path)
    assert (chat.method, chat.path, streamed(chat).timeout) == ("POST", "/chat/{id}", 900)
    function = streamed(chat).function
    assert (function.runtime, function.timeout, function.code) == ("python3.13", 60, tmp_path / "code")
    assert function.environment == {"SHARED": "1", "OWN": "eu-west-1-1"}
    assert function.layers == (tmp_path / "layer",)
    assert isinstance(chat.authorizer, LambdaAuthorizer)
    assert (chat.authorization, chat.authorizer.kind, chat.authorizer.ttl) == ("CUSTOM", "REQUEST", 0)
    assert chat.authorizer.identity_sources == ("method.request.header.X-Token",)
    assert (open_.method, open_.authorization) == ("ANY", "NONE")
    assert (api.endpoint_type, api.binary_media_types) == ("REGIONAL", ("image/png",))
    assert (api.stages[0].name, api.stages[0].access_log_format) == ("live", "$context.status")
    assert api.gateway_responses["UNAUTHORIZED"].parameters == {"gatewayresponse.header.X-Own": "'1'"}
    (plain,) = implicit.routes
    assert (plain.method, plain.path, plain.authorization) == ("GET", "/", "AWS_IAM")
    assert plain.api_key_required
    assert isinstance(plain.integration, LambdaIntegration)
    assert plain.integration.mode is TransferMode.BUFFERED
    assert (plain.integration.function.code / "index.py").exists()
    assert implicit.stages[0].name == "Prod"


def test_openapi_definition_is_read_as_methods_and_authorizers(tmp_path: Path) -> None:
    (api,) = read(DEFINED, tmp_path).apis
    routes = {(route.method, route.path): route for route in api.routes}
    assert set(routes) == {
        ("ANY", "/chat/{proxy+}"),
        ("GET", "/signed"),
        ("OPTIONS", "/signed"),
        ("GET", "/keyed"),
    }
    chat = routes["ANY", "/chat/{proxy+}"]
    assert streamed(chat).timeout == 120
    assert isinstance(chat.authorizer, LambdaAuthorizer)
    assert (chat.authorizer.kind, chat.authorizer.ttl) == ("TOKEN", 5)
    assert chat.authorizer.identity_sources == ("method.request.header.X-Token",)
    assert routes["GET", "/signed"].authorization == "AWS_IAM"
    assert routes["GET", "/keyed"].api_key_required
    assert routes["GET", "/keyed"].authorization == "NONE"
    preflight = routes["OPTIONS", "/signed"].integration
    assert isinstance(preflight, MockIntegration)
    assert preflight.responses[0].selection_pattern is None
    assert (api.name, api.binary_media_types) == ("Defined", ("image/png",))
    assert api.gateway_responses["DEFAULT_4XX"].status == 418


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("BodyS3Location: {Bucket: b, Key: k}", "Api.BodyS3Location: the definition is not on this machine"),
        ("Body: {Fn::Transform: {Name: Own}}", "Api.Body.Fn::Transform: only AWS::Include of a file"),
        (
            "Body: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: gone.yaml}}}",
            "Api.Body.Fn::Transform: .*gone.yaml cannot be read: No such file",
        ),
    ],
)
def test_openapi_definition_that_is_not_local_is_named(body: str, reason: str, tmp_path: Path) -> None:
    text = DEFINED.replace(
        "Body: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}}", body
    )
    with pytest.raises(UnsupportedError, match=reason):
        read(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("{", "template.json", "is not a template in JSON"),
        ("a: [", "template.yaml", "is not YAML: "),
        ("- a", "template.yaml", "it must be an object"),
    ],
)
def test_template_file_that_is_not_a_template_is_named(
    text: str, name: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=reason):
        read(text, tmp_path, name)


def test_template_functions_without_an_api_are_kept_for_the_lambda_api(tmp_path: Path) -> None:
    properties = "{Code: code, Handler: a.b, Runtime: python3.13}"
    text = f"Resources:\n  Fn: {{Type: AWS::Lambda::Function, Properties: {properties}}}\n"
    application = read(text, tmp_path)
    assert application.apis == ()
    assert [function.name for function in application.functions] == ["Fn"]


def test_template_with_nothing_to_serve_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="stack template has no REST API with a stage, and no function"):
        read("Resources: {}", tmp_path)
