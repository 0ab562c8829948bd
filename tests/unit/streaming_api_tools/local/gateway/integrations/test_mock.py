from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_api_tools.local.application import MockIntegration, MockResponse, UnsupportedError
from streaming_api_tools.local.gateway.integrations.mock import mock_response
from streaming_api_tools.local.gateway.integrations.vtl import Template
from streaming_api_tools.local.gateway.request.errors import GatewayError
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest, RoutedRequest
from tests.unit.streaming_api_tools.local.gateway.requests import routed

REQUEST_TEMPLATE = {"application/json": "{ statusCode: 200 }"}
# what aws_apigateway.CorsOptions makes of allow_origins=["https://a.example", "https://b.example"]
SEVERAL_ORIGINS = """#set($origin = $input.params().header.get("Origin"))
#if($origin == "")
  #set($origin = $input.params().header.get("origin"))
#end
#if($origin == "https://b.example" || $origin == "https://c.example")
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""


def preflight(origin: str | None, name: str = "Origin") -> RoutedRequest:
    headers = ((name, origin),) if origin else ()
    return routed(HttpRequest("OPTIONS", "/prod/chat", "", headers, b"", "127.0.0.1"))


def cors(template: str | None = None) -> MockIntegration:
    response = MockResponse(
        status=204,
        parameters={
            "method.response.header.Access-Control-Allow-Origin": "'https://a.example'",
            "method.response.header.Access-Control-Allow-Methods": "'OPTIONS,POST'",
        },
        templates={"application/json": template} if template else {},
    )
    return MockIntegration(REQUEST_TEMPLATE, (response,))


def test_mock_integration_preflight_has_headers_of_the_template() -> None:
    got = mock_response(cors(), preflight("https://x.example"))
    assert (got.status, got.body) == (204, b"")
    assert dict(got.headers) == {
        "Access-Control-Allow-Origin": "https://a.example",
        "Access-Control-Allow-Methods": "OPTIONS,POST",
        "Content-Type": "application/json",
    }


@pytest.mark.parametrize(
    ("media_types", "takes_text", "content_type", "fails"),
    [
        (("*/*",), False, None, True),
        (("*/*",), True, None, False),
        (("image/png",), False, None, False),
        (("image/png",), False, "image/png", True),
        (("image/png",), True, "image/png", False),
        ((), False, "image/png", False),
    ],
)
def test_mock_integration_of_bytes_is_a_configuration_error(
    media_types: tuple[str, ...], takes_text: bool, content_type: str | None, fails: bool
) -> None:
    asked = preflight("https://x.example")
    headers = (*asked.http.headers, *((("Content-Type", content_type),) if content_type else ()))
    api = replace(asked.api, binary_media_types=media_types)
    asked = replace(asked, api=api, http=replace(asked.http, headers=headers))
    integration = replace(cors(), takes_text=takes_text)
    if not fails:
        assert mock_response(integration, asked).status == 204
        return
    with pytest.raises(GatewayError) as raised:
        mock_response(integration, asked)
    assert (raised.value.kind, raised.value.status) == ("API_CONFIGURATION_ERROR", 500)
    assert "CONVERT_TO_TEXT" in (raised.value.detail or "")


@pytest.mark.parametrize(
    ("origin", "name", "allowed"),
    [
        ("https://b.example", "Origin", "https://b.example"),
        ("https://c.example", "origin", "https://c.example"),
        ("https://x.example", "Origin", "https://a.example"),
        (None, "Origin", "https://a.example"),
    ],
)
def test_mock_integration_matching_origin_of_several_is_allowed(
    origin: str | None, name: str, allowed: str
) -> None:
    got = mock_response(cors(SEVERAL_ORIGINS), preflight(origin, name))
    assert dict(got.headers)["Access-Control-Allow-Origin"] == allowed


def test_mock_integration_response_is_selected_by_status_of_request_template() -> None:
    responses = (MockResponse(404, selection_pattern="4\\d\\d"), MockResponse(200))
    integration = MockIntegration({"application/json": '{"statusCode": 404}'}, responses)
    assert mock_response(integration, preflight(None)).status == 404
    integration = MockIntegration(REQUEST_TEMPLATE, responses)
    assert mock_response(integration, preflight(None)).status == 200


def test_mock_integration_templates_have_parameters_context_and_stage_variables() -> None:
    asked = preflight("https://a.example")
    http = replace(asked.http, query="q=query&both=query")
    request = replace(asked, http=http, path_parameters={"both": "path"})
    template = (
        "$input.params('q') $input.params('both') $input.params(\"Origin\") $input.params('none')| "
        "$context.requestId $stageVariables.color $input.params().querystring.get('q')"
    )
    response = MockResponse(
        200,
        parameters={
            "method.response.header.Id": "context.requestId",
            "method.response.header.Color": "stageVariables.color",
        },
        templates={"application/json": template},
    )
    choice = "#if($input.params('q') == 'query'){\"statusCode\": 200}#end"
    got = mock_response(MockIntegration({"application/json": choice}, (response,)), request)
    assert got.body == b"query path https://a.example | id-1 blue query"
    assert dict(got.headers) == {"Id": "id-1", "Color": "blue", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    "integration",
    [
        MockIntegration({}, (MockResponse(200),)),
        MockIntegration(REQUEST_TEMPLATE, ()),
        MockIntegration(
            REQUEST_TEMPLATE, (MockResponse(200, templates={"application/json": "#foreach($a in $b)#end"}),)
        ),
    ],
)
def test_mock_integration_without_matching_response_is_a_500(integration: MockIntegration) -> None:
    with pytest.raises(GatewayError) as error:
        mock_response(integration, preflight(None))
    assert error.value.status == 500
    assert error.value.detail


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ("plain", "plain"),
        ('#set($a = "x")[$a]', "[x]"),
        ("#if($n == 1)one#elseif($n == 2)two#else many#end", "two"),
        ("#if(!$flag)no#else yes#end", " yes"),
        ("#if(($n == 1 || $n == 2) && $flag)both#end", "both"),
        ('#if($n != 2)x#end#if($m.deep.er == "v")y#end', "y"),
        ("#if($flag)#if(false)a#else b#end#else c#end", " b"),
        ("#if(false)#set($a = 1)#else d#end$a", " d$a"),
        ('#if("(" == $paren)p#end', "p"),
        ("#if(${n} == 2)braces#end", "braces"),
        ("## a comment\n#* and\nanother *#[$m.deep.er, ${m.deep.er}x, $!m.none, $flag]", "[v, vx, , true]"),
        ("$5 $ $$ $n. $other.x", "$5 $ $$ 2. $other.x"),
    ],
)
def test_vtl_template_renders_the_supported_subset(template: str, output: str) -> None:
    variables = {"n": 2, "flag": True, "m": {"deep": {"er": "v"}}, "paren": "("}
    assert Template(variables).render(template) == output


@pytest.mark.parametrize(
    "template",
    [
        "$util.escapeJavaScript('a')",
        "$text.substring(1)",
        "#if($text.contains('a'))x#end",
        "$map",
        "#foreach($a in $b)#end",
        "#if($a",
        "#if($a + 1)#end",
        "#end",
        "#set($a)",
        "#if(1 2)#end",
        "#if()#end",
    ],
)
def test_vtl_template_outside_the_subset_is_unsupported(template: str) -> None:
    with pytest.raises(UnsupportedError):
        Template({"text": "a", "map": {}}).render(template)
