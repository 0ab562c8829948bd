// The reference deployment of this repository, written with the CDK's own constructs in TypeScript.
import * as path from 'node:path';
import * as cdk from 'aws-cdk-lib/core';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const SOURCES = process.env.LAMBDA_SRC!;
const MODEL = 'amazon.nova-lite-v1:0';
const ERRORS: Record<string, string> = {
  UNAUTHORIZED: 'authentication_error',
  MISSING_AUTHENTICATION_TOKEN: 'authentication_error',
  INVALID_SIGNATURE: 'authentication_error',
  EXPIRED_TOKEN: 'authentication_error',
  INVALID_API_KEY: 'authentication_error',
  ACCESS_DENIED: 'permission_error',
  WAF_FILTERED: 'permission_error',
  THROTTLED: 'rate_limit_error',
  QUOTA_EXCEEDED: 'rate_limit_error',
  DEFAULT_4XX: 'invalid_request_error',
  DEFAULT_5XX: 'api_error',
};
const FIELDS = [
  'requestId', 'extendedRequestId', 'requestTime', 'identity.sourceIp', 'identity.caller', 'identity.user',
  'identity.userAgent', 'httpMethod', 'resourcePath', 'protocol', 'status', 'responseLength',
  'integration.responseTransferMode', 'integration.timeToAllHeaders', 'integration.timeToFirstContent',
  'integration.latency', 'integration.status', 'integration.requestId', 'integration.error', 'xrayTraceId',
];

export class StreamingChatStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const layer = new lambda.LayerVersion(this, 'Layer', {
      code: lambda.Code.fromAsset(path.join(SOURCES, 'layer'), {
        exclude: ['__pycache__/', '*.py[co]'], ignoreMode: cdk.IgnoreMode.GIT,
      }),
      compatibleRuntimes: [lambda.Runtime.PYTHON_3_14],
    });
    const chat = this.python('Chat', 'chat', layer, { BEDROCK_MODEL_ID: MODEL });
    chat.addToRolePolicy(new iam.PolicyStatement({
      actions: ['bedrock:InvokeModelWithResponseStream'],
      resources: [this.formatArn({
        service: 'bedrock', account: '', resource: 'foundation-model', resourceName: MODEL,
      })],
    }));
    const probe = this.python('Probe', 'probe', layer);
    const access = new logs.LogGroup(this, 'AccessLogs', { retention: logs.RetentionDays.ONE_MONTH });
    const api = new apigateway.RestApi(this, 'Api', {
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: false,
      defaultMethodOptions: { authorizationType: apigateway.AuthorizationType.IAM },
      deployOptions: {
        accessLogDestination: new apigateway.LogGroupLogDestination(access),
        accessLogFormat: apigateway.AccessLogFormat.custom(
          JSON.stringify(Object.fromEntries(FIELDS.map((name) => [name, `$context.${name}`]))),
        ),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        throttlingRateLimit: 20,
        throttlingBurstLimit: 40,
        tracingEnabled: true,
      },
    });
    const execution = new logs.LogGroup(this, 'ExecutionLogs', {
      logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/prod`,
      retention: logs.RetentionDays.ONE_MONTH,
    });
    api.deploymentStage.node.addDependency(execution);
    const requestValidator = new apigateway.RequestValidator(this, 'Validator', {
      restApi: api, validateRequestBody: true, validateRequestParameters: true,
    });
    for (const [type, error] of Object.entries(ERRORS)) {
      api.addGatewayResponse(type, {
        type: apigateway.ResponseType.of(type),
        templates: { 'application/json': JSON.stringify({ type: 'error', error: { type: error } }) },
      });
    }
    for (const [route, handler] of Object.entries({ chat, probe })) {
      const resource = api.root.addResource(route);
      resource.addCorsPreflight({ allowOrigins: apigateway.Cors.ALL_ORIGINS, allowMethods: ['POST'] });
      resource.addMethod('POST', new apigateway.LambdaIntegration(handler, {
        responseTransferMode: apigateway.ResponseTransferMode.STREAM,
        timeout: cdk.Duration.minutes(15),
        allowTestInvoke: false,
      }), { requestValidator });
      new cdk.CfnOutput(this, `${route}Url`, { value: api.urlForPath(`/${route}`) });
    }
    cdk.RemovalPolicies.of(this).destroy({ applyToResourceTypes: ['AWS::Logs::LogGroup'] });
  }

  private python(id: string, name: string, layer: lambda.ILayerVersion, environment?: Record<string, string>) {
    const role = new iam.Role(this, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new logs.LogGroup(this, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH });
    logGroup.grantWrite(role);
    return new lambda.Function(this, id, {
      code: lambda.Code.fromAsset(SOURCES, {
        exclude: ['/*', `!/${name}/`, '__pycache__/', '*.py[co]'], ignoreMode: cdk.IgnoreMode.GIT,
      }),
      handler: `${name}.handler.handler`,
      runtime: lambda.Runtime.PYTHON_3_14,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      timeout: cdk.Duration.minutes(15),
      layers: [layer],
      environment,
      role,
      logGroup,
      tracing: lambda.Tracing.ACTIVE,
    });
  }
}
