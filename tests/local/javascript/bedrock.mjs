// Asks a Bedrock with the SDK at its defaults, HTTP/2 included; prints a line of JSON for each thing that happens.
import { createRequire } from "node:module";

const [packages, endpoint, operation, prompt] = process.argv.slice(2);
const sdk = createRequire(packages)("@aws-sdk/client-bedrock-runtime");
const client = new sdk.BedrockRuntimeClient({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});
const say = (what) => console.log(JSON.stringify(what));
const text = new TextDecoder();
const modelId = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const messages = [{ role: "user", content: [{ text: prompt }] }];
const body = JSON.stringify({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 100,
  messages: [{ role: "user", content: [{ type: "text", text: prompt }] }],
});

const operations = {
  async Converse() {
    say((await client.send(new sdk.ConverseCommand({ modelId, messages }))).output.message.content);
  },
  async ConverseStream() {
    const { stream } = await client.send(new sdk.ConverseStreamCommand({ modelId, messages }));
    for await (const event of stream) say(event);
  },
  async InvokeModel() {
    const answer = await client.send(new sdk.InvokeModelCommand({ modelId, body }));
    say(JSON.parse(text.decode(answer.body)).content);
  },
  async InvokeModelWithResponseStream() {
    const answer = await client.send(new sdk.InvokeModelWithResponseStreamCommand({ modelId, body }));
    for await (const { chunk } of answer.body) say(JSON.parse(text.decode(chunk.bytes)));
  },
  async CountTokens() {
    const input = { converse: { messages } };
    say((await client.send(new sdk.CountTokensCommand({ modelId: modelId.replace("us.", ""), input }))).inputTokens);
  },
};

try {
  await operations[operation]();
  say({ ended: client.config.requestHandler.constructor.name });
} catch (error) {
  say({ error: error.name, code: error.code, status: error.$metadata?.httpStatusCode });
}
client.destroy();
