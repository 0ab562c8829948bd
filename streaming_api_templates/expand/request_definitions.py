"""Turn what an OpenAPI definition says about requests into request validators, models and parameters.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation-set-up.html
(section "Set up basic request validation using an OpenAPI definition")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..template.lenient_json import Json, mapping

Object = Mapping[str, Json]
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-request-validator.html
VALIDATOR = "x-amazon-apigateway-request-validator"
#: Where a parameter is -> how a method calls the place.
PLACES = {"header": "header", "path": "path", "query": "querystring"}
#: Where named schemas are, in OpenAPI 3 and in OpenAPI 2.
SCHEMAS = ("#/components/schemas/", "#/definitions/")

#: "The maxItems and minItems tags are not included in simple request validation", of imported definitions:
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
NOT_VALIDATED = frozenset({"maxItems", "minItems"})


class RequestDefinitions:
    """The part of a definition that is about requests.

    :param api: logical id of the API
    """

    def __init__(self, api: str, body: Object) -> None:
        self._api = api
        self._body = body
        self._models = {
            name: schema for place in SCHEMAS for name, schema in mapping(self._at(place.rstrip("/"))).items()
        }

    def resources(self) -> Iterator[tuple[str, str, Object]]:
        """Yield id, type and properties of the validators, and of the models that there are by now."""
        for name, validator in mapping(self._body.get(f"{VALIDATOR}s")).items():
            on = mapping(validator)
            properties = {
                "ValidateRequestBody": on.get("validateRequestBody"),
                "ValidateRequestParameters": on.get("validateRequestParameters"),
            }
            yield self._validator(name), "RequestValidator", properties
        for name, schema in self._models.items():
            yield f"{self._api} {name}", "Model", {"Name": name, "Schema": self._translated(schema)}

    def of_method(self, method: str, item: Object, operation: Object) -> dict[str, Json]:
        """Return the properties of a method; a schema without a name is a model from now on.

        :param method: its path and its verb
        :param item: the path that the operation belongs to
        """
        validator = operation.get(VALIDATOR, self._body.get(VALIDATOR))
        if validator is None:
            return {}
        declared = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
        parameters = [self._followed(parameter) for parameter in declared]
        models: dict[str, Json] = {}
        for media_type, schema in self._bodies(operation, parameters):
            model = self._named(schema) or f"schema of {method} {media_type}"
            self._models.setdefault(model, schema)
            models[media_type] = model
        return {
            "RequestValidatorId": {"Ref": self._validator(str(validator))},
            "RequestModels": models,
            "RequestParameters": {
                f"method.request.{place}.{parameter.get('name')}": parameter.get("required") is True
                for parameter in parameters
                if (place := PLACES.get(str(parameter.get("in"))))
            },
        }

    def _bodies(self, operation: Object, parameters: list[Object]) -> Iterator[tuple[str, Json]]:
        """Yield the schemas of a body by content type, as OpenAPI 3 and OpenAPI 2 have them."""
        content = mapping(self._followed(operation.get("requestBody")).get("content"))
        for media_type, description in content.items():
            if "schema" in mapping(description):
                yield media_type, mapping(description)["schema"]
        consumed = _list(operation.get("consumes", self._body.get("consumes"))) or ["application/json"]
        for parameter in parameters:
            if parameter.get("in") == "body" and "schema" in parameter:
                yield from ((str(consumed_type), parameter["schema"]) for consumed_type in consumed)

    def _named(self, schema: Json) -> str | None:
        """Return the name of a schema that is nothing but a reference to a named one."""
        reference = str(mapping(schema).get("$ref"))
        for place in SCHEMAS:
            name = reference.removeprefix(place)
            if name != reference and "/" not in name:
                return name
        return None

    def _translated(self, schema: Json) -> Json:
        """Return a schema that refers to named ones as models do."""
        if isinstance(schema, list):
            return [self._translated(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        name = self._named(schema)
        if name is not None:
            url = ["https://apigateway.amazonaws.com/restapis/", {"Ref": self._api}, f"/models/{name}"]
            return {"$ref": {"Fn::Join": ["", url]}}
        return {
            key: self._translated(value)
            for key, value in schema.items()
            if key not in NOT_VALIDATED or not isinstance(value, int)
        }

    def _followed(self, value: Json) -> Object:
        """Return an object, which may be given by a reference to another place of the definition."""
        reference = mapping(value).get("$ref")
        return mapping(self._at(reference) if isinstance(reference, str) else value)

    def _at(self, reference: str) -> Json:
        found: Json = self._body
        for part in reference.removeprefix("#/").split("/"):
            found = mapping(found).get(part)
        return found

    def _validator(self, name: str) -> str:
        return f"{self._api} {VALIDATOR} {name}"


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
