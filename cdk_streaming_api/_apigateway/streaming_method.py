"""Define the parts that all streaming methods share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import Annotations, Stack, Tokenization
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from streaming_api_templates.template.cdk_metadata import STREAM_NOTE

from .._common.argument_checks import Place
from .._common.construct_path import path_of
from .._common.keyword_options import checks_arguments
from .endpoint import custom_domain_url
from .grants import grant_invoke
from .options import MethodOnApiOptions
from .parameter_mapping import check_parameters, for_every_value
from .permissions import DefinedMethod
from .verbs import check_verb
from .when_complete import CompleteApp, pass_on_acknowledgments, when_complete

#: what needs no authorizer
_ALONE = (apigateway.AuthorizationType.IAM, apigateway.AuthorizationType.NONE)
#: as CloudFormation and as the CDK name them
_NEED_AUTHORIZER = {"CUSTOM": "CUSTOM", "COGNITO_USER_POOLS": "COGNITO"}


def method_exists(http_method: str, path: str) -> ValueError:
    """Return the error for a path and method that are there already."""
    return ValueError(f"the API has {http_method} {path} already; define a path and method once")


class StreamingMethod(Construct):
    """One method on a resource of a REST API; ``Stream`` and ``HttpStream`` define it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        resource: apigateway.IResource,
        place: Place,
        integration: apigateway.Integration,
        options: MethodOnApiOptions,
    ) -> None:
        """Define the method.

        :param resource: the API's resource that gets the method.
        :param place: where the resource is.
        :param integration: where requests go, with the transfer mode STREAM and the timeout.
        :param options: the options, all of them.
        """
        super().__init__(scope, construct_id)
        check_verb(f"http_method of stream '{place.path}'", options["http_method"])
        check_parameters(place.path, options["request_parameters"] or {})
        self._api, self._path, self._http_method = place.api, place.path, options["http_method"]
        self.method = self._add_method(resource, integration, options)
        method_node = self.method.node
        self._as_defined = DefinedMethod(self.method, method_node, place.api, place.path, self._http_method)
        # CDK nests the method under its resource: the path here is how acknowledgements made on the stream
        # are found
        method_node.add_metadata(STREAM_NOTE, path_of(self, scope, construct_id))
        when_complete(scope, lambda app: self._finish(options, app))

    def _finish(self, options: MethodOnApiOptions, app: CompleteApp) -> None:
        """Say what there is to say of the method.

        :param app: the app, which has defined everything.
        """
        pass_on_acknowledgments(self.node, self.method)
        self._warn(options)

    def _add_method(
        self, resource: apigateway.IResource, integration: apigateway.Integration, options: MethodOnApiOptions
    ) -> apigateway.Method:
        schema, authorizer = options["request_schema"], options["authorizer"]
        decided = options["authorization_type"] or _default_authorization_type(resource, authorizer)
        try:
            method = resource.add_method(
                options["http_method"],
                integration,
                authorization_type=decided,
                authorizer=authorizer,
                authorization_scopes=list(options["authorization_scopes"]) or None,
                api_key_required=options["api_key_required"],
                request_parameters=dict(options["request_parameters"] or {}) or None,
                request_models=self._models(self._api, schema) if schema else None,
                request_validator=options["request_validator"],
            )
        except RuntimeError as error:
            if "Cannot attach authorizer to two different rest APIs" in str(error):
                raise ValueError(
                    f"authorizer of stream '{self._path}' is of another API already; define one for each "
                    "API, such as ApiKeyAuthorizer(..., secret=keys.secret) for the same keys"
                ) from None
            if "Authorization type is set to" in str(error):
                raise ValueError(
                    f"stream '{self._path}' has an authorizer, which decides the authorization_type; "
                    "leave authorization_type out, or the authorizer"
                ) from None
            if "There is already a Construct with name" not in str(error):
                raise
            raise method_exists(options["http_method"], self._path) from None
        if decided not in _ALONE:
            self._check_authorizer(method)
        return method

    def _check_authorizer(self, method: apigateway.Method) -> None:
        definition = cast(apigateway.CfnMethod, method.node.default_child)
        kind = definition.authorization_type
        if kind in _NEED_AUTHORIZER and definition.authorizer_id is None:
            raise ValueError(
                f"stream '{self._path}' has authorization_type {_NEED_AUTHORIZER[kind]} and no "
                "authorizer; pass one, or another authorization_type"
            )

    def _warn(self, options: MethodOnApiOptions) -> None:
        definition = cast(apigateway.CfnMethod, self._as_defined.node.default_child)
        if definition.authorization_type == "NONE":
            Annotations.of(self).add_warning_v2(
                "StreamingRules::STREAM023",
                f"stream '{self._path}' is open: whoever knows its URL can use what answers there "
                "and what it pays for",
            )
        if not isinstance(self._api, apigateway.RestApi | apigateway.SpecRestApi):
            self._warn_of_import(self._api)
        gives_key = getattr(options["authorizer"], "api_key_source_type", None)  # of an ApiKeyAuthorizer
        if gives_key and options["api_key_required"] and _takes_header(self._api):
            Annotations.of(self).add_warning_v2(
                "cdk-streaming-api:apiKeySource",
                f"stream '{self._path}' gets no usage plan key from its authorizer, and refuses "
                "'Authorization: Bearer': give the API api_key_source_type=ApiKeySourceType.AUTHORIZER",
            )

    def _warn_of_import(self, api: apigateway.IRestApi) -> None:
        warning_id = "cdk-streaming-api:importedApi"
        token = Tokenization.reverse_string(api.rest_api_id).first_token
        if not isinstance(getattr(token, "target", None), apigateway.CfnRestApi):
            Annotations.of(self).add_warning_v2(
                warning_id,
                f"stream '{self._path}' is in an API of another app, whose stages serve it after their "
                "next deployment: this app cannot make one",
            )
        # one for all streams of the stack, which may be hundreds
        elif not any(warning_id in str(entry.data) for entry in api.node.metadata):
            Annotations.of(api).add_warning_v2(
                warning_id,
                "another stack of this app defines the API, whose stage serves the streams here after its "
                "next deployment: let the API's latest_deployment depend on this stack, and give "
                "add_to_logical_id what may change",
            )

    @property
    def url(self) -> str:
        """The URL of the method: in the API's custom domain if it has one, else in its deployment stage.

        :raises ValueError: when no stage of the API is known, as of an imported one.
        """
        api = self.method.api
        path = self.method.resource.path
        if custom := custom_domain_url(api):
            return f"{custom}{path}"
        try:
            stage = api.deployment_stage.stage_name
        except RuntimeError:  # what jsii makes of undefined
            raise ValueError(f"stream '{path}' has no url: no stage of its API is known here") from None
        stack = Stack.of(api)
        host = f"{api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        return f"https://{host}/{stage}{path}"

    @checks_arguments
    def grant_execute(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to call this method; it then signs its requests with Signature Version 4.

        A principal of another account is also allowed by the API's resource policy, in every stage; where the
        API was imported, only its owner can do that.

        :param grantee: the role, user or function that calls, or another account's principal.
        """
        api, verb = self.method.api, self.method.http_method
        if not isinstance(api, apigateway.RestApi):
            return self.method.grant_execute(grantee)
        called = f"{'*' if verb == 'ANY' else verb}{for_every_value(self.method.resource.path)}"
        return grant_invoke(
            api,
            grantee,
            arns=[self.method.method_arn],
            # the API's policy cannot refer to the stage, which waits for the API
            arns_in_policy=[f"execute-api:/*/{called}"],
        )

    def _models(
        self, api: apigateway.IRestApi, schema: apigateway.JsonSchema
    ) -> Mapping[str, apigateway.IModel]:
        model = apigateway.Model(self, "RequestModel", rest_api=api, schema=schema)
        # without the $default, a request with another content type would not be validated at all:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
        return {"application/json": model, "$default": model}


def _takes_header(api: apigateway.IRestApi) -> bool:
    """Return whether an API of this app takes usage plan keys from the header, as it does by default."""
    resource = api.node.default_child if isinstance(api, apigateway.RestApi) else None
    return isinstance(resource, apigateway.CfnRestApi) and resource.api_key_source_type != "AUTHORIZER"


def _default_authorization_type(
    resource: apigateway.IResource, authorizer: apigateway.IAuthorizer | None
) -> apigateway.AuthorizationType | None:
    """Return the authorization type of a method without one: it is open only where a caller asks for that."""
    if authorizer:
        return authorizer.authorization_type
    options = resource.default_method_options
    by_default = options and (options.authorization_type or options.authorizer)
    return None if by_default else apigateway.AuthorizationType.IAM
