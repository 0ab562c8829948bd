"""Read request validators, models and required parameters of a template into the application.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.resolve import Resolver

from ...json_text import parse_json
from ..application import RequestRules, UnsupportedError
from ..json_schema import BodySchema, SchemaError

#: "For the method request ... method.request.{location}.{name}" (RequestParameters):
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html
PARAMETER = re.compile(r"method\.request\.(?:path|querystring|header)\..+")
#: How ``$ref`` calls another model of the API:
#: https://cloudonaut.io/reference-api-gateway-models-in-cloudformation/
MODEL_URL = "https://apigateway.amazonaws.com/restapis/{api}/models/{name}"
#: The models that every API begins with:
#: https://docs.aws.amazon.com/apigateway/api-reference/link-relation/restapi-models/
DEFAULT_MODELS: Mapping[str, Json] = {
    "Empty": {"type": "object"},
    "Error": {"type": "object", "properties": {"message": {"type": "string"}}},
}


class ValidationReader:
    """Reads what requests must be before an integration gets them.

    :param resources: the ``Resources`` of the template
    """

    def __init__(self, resources: Mapping[str, Json], resolver: Resolver) -> None:
        self._resources = resources
        self._resolver = resolver

    def rules(self, api: str, method: str, properties: Mapping[str, Json]) -> RequestRules:
        """Return what requests for a method must be.

        :param api: logical id of the API
        :param method: logical id of the method
        :raises UnsupportedError: for what cannot be validated; says which resource and which property
        """
        reference = properties.get("RequestValidatorId")
        if reference is None:
            return RequestRules()
        validator = str(mapping(reference).get("Ref"))
        if self._type(validator) != "RequestValidator":
            raise UnsupportedError(f"{method}.RequestValidatorId", "expected a validator of this template")
        return RequestRules(
            parameters=self._required(method, properties) if self._is_on(validator, "Parameters") else (),
            bodies=self._bodies(api, method, properties) if self._is_on(validator, "Body") else {},
        )

    def _is_on(self, validator: str, what: str) -> bool:
        return self._property(validator, f"ValidateRequest{what}") in (True, "true")

    def _required(self, method: str, properties: Mapping[str, Json]) -> tuple[str, ...]:
        where = f"{method}.RequestParameters"
        declared = mapping(self._resolver.resolve(properties.get("RequestParameters"), where))
        required = sorted(name for name, value in declared.items() if value in (True, "true"))
        for name in required:
            if not PARAMETER.fullmatch(name):
                raise UnsupportedError(where, f"expected method.request.LOCATION.NAME, got {name}")
        return tuple(required)

    def _bodies(self, api: str, method: str, properties: Mapping[str, Json]) -> dict[str, BodySchema]:
        where = f"{method}.RequestModels"
        named = mapping(self._resolver.resolve(properties.get("RequestModels"), where))
        return {
            media_type.lower(): self._schema(api, str(name), f"{where}.{media_type}")
            for media_type, name in named.items()
        }

    def _schema(self, api: str, name: str, where: str) -> BodySchema:
        ids = {self._resolver.text({"Ref": model}, model): model for model in self._models(api)}
        if name not in ids and name not in DEFAULT_MODELS:
            raise UnsupportedError(where, f"the API has no model {name}; it has {', '.join(ids) or 'none'}")
        api_id = self._resolver.text({"Ref": api}, api)
        urls = {MODEL_URL.format(api=api_id, name=known): known for known in (*DEFAULT_MODELS, *ids)}
        schemas = {
            url: self._content(ids[known]) if known in ids else DEFAULT_MODELS[known]
            for url, known in urls.items()
        }
        try:
            return BodySchema(MODEL_URL.format(api=api_id, name=name), schemas)
        except SchemaError as error:
            known = urls[error.uri]
            raise UnsupportedError(f"{ids.get(known, known)}.Schema", str(error)) from error

    def _content(self, model: str) -> Json:
        content = self._property(model, "Schema")
        try:
            schema = parse_json(content) if isinstance(content, str) else content
        except ValueError as error:
            raise UnsupportedError(f"{model}.Schema", f"expected JSON: {error}") from error
        if not isinstance(schema, dict):
            raise UnsupportedError(f"{model}.Schema", f"expected an object, got {schema!r}")
        return schema

    def _models(self, api: str) -> Iterator[str]:
        for logical_id in self._resources:
            if self._type(logical_id) == "Model" and self._declared(logical_id).get("RestApiId") == {
                "Ref": api
            }:
                yield logical_id

    def _property(self, logical_id: str, name: str) -> Json:
        return self._resolver.resolve(self._declared(logical_id).get(name), f"{logical_id}.{name}")

    def _declared(self, logical_id: str) -> Mapping[str, Json]:
        return mapping(mapping(self._resources[logical_id]).get("Properties"))

    def _type(self, logical_id: str) -> str:
        return str(mapping(self._resources.get(logical_id)).get("Type")).removeprefix("AWS::ApiGateway::")
