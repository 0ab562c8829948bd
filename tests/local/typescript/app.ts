// A CDK app in TypeScript, as its author would write it: nothing of this repository's constructs.
import { App, Duration, Stack, type StackProps } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as lambda from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

class TypeScriptStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const handler = new lambda.Function(this, "Handler", {
      runtime: lambda.Runtime.NODEJS_24_X,
      code: lambda.Code.fromInline(`
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const out = awslambda.HttpResponseStream.from(stream, { statusCode: 202 });
          out.write(event.pathParameters.id);
          out.end();
        });`),
      handler: "index.handler",
      timeout: Duration.minutes(1),
    });
    const api = new apigateway.RestApi(this, "Api", { cloudWatchRole: false });
    api.root.addResource("items").addResource("{id}").addMethod(
      "GET",
      new apigateway.LambdaIntegration(handler, {
        responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      }),
    );
  }
}

const app = new App();
new TypeScriptStack(app, "TypeScript");
app.synth();
