// A Node.js function as AWS's documentation writes it, with the SDK bundled. HTTP/2 is the SDK's default.
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";

const bedrock = new BedrockRuntimeClient({});

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const { prompt } = JSON.parse(event.body);
  const answer = await bedrock.send(
    new ConverseStreamCommand({
      modelId: process.env.BEDROCK_MODEL_ID,
      messages: [{ role: "user", content: [{ text: prompt }] }],
    }),
  );
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { "content-type": "text/event-stream" },
  });
  for await (const each of answer.stream) {
    const text = each.contentBlockDelta?.delta?.text;
    if (text) stream.write(`data: ${JSON.stringify({ text })}\n\n`);
  }
  stream.end();
});
