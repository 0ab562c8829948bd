// Asks the relay with AWS's SDK in its default settings, which is HTTP/2; prints one object with the outcome of each operation.
import { createRequire } from "node:module";

const [packages, endpoint, modelId] = process.argv.slice(2);
const require = createRequire(packages);
const sdk = require("@aws-sdk/client-bedrock-runtime");
const client = new sdk.BedrockRuntimeClient({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});
const text = new TextDecoder();
const said = (prompt) => [{ role: "user", content: [{ text: prompt }] }];
const body = JSON.stringify({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 100,
  messages: [{ role: "user", content: "[[say=Hello there.]]" }],
});

const operations = {
  async Converse() {
    const input = { modelId, messages: said("[[say=Hello there.]]") };
    return (await client.send(new sdk.ConverseCommand(input))).output.message.content;
  },
  async InvokeModel() {
    const answer = await client.send(new sdk.InvokeModelCommand({ modelId, body }));
    return JSON.parse(text.decode(answer.body)).content;
  },
  async CountTokens() {
    const input = { converse: { messages: said("one two three") } };
    return (await client.send(new sdk.CountTokensCommand({ modelId, input }))).inputTokens;
  },
  async Refused() {
    return client.send(new sdk.ConverseCommand({ modelId, messages: said("[[ThrottlingException]]") }));
  },
  async NotAllowed() {
    return client.send(new sdk.ConverseStreamCommand({ modelId: "other", messages: said("Hi") }));
  },
};

const outcomes = {};
for (const [name, ask] of Object.entries(operations)) {
  try {
    outcomes[name] = await ask();
  } catch (error) {
    outcomes[name] = { name: error.name, message: error.message, status: error.$metadata?.httpStatusCode };
  }
}
console.log(JSON.stringify(outcomes));
client.destroy();
