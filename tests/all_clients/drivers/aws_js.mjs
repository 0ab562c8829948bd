// /// client
// title = "@aws-sdk/client-bedrock-runtime, over HTTP/2"
// package = "@aws-sdk/client-bedrock-runtime"
// environments = ["javascript"]
// function = "nova"
// ///
import {
  BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { CITY, CITY_TOOL, LIMIT, MODEL, PDF, PNG, prompt, run, TOOLS, URL_OF_API } from "./driving.mjs";

const client = new BedrockRuntimeClient({
  endpoint: URL_OF_API, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const spec = (name, json) => ({ toolSpec: { name, inputSchema: { json } } });
const toolConfig = { tools: Object.keys(TOOLS).map((name) => spec(name, CITY_TOOL)) };
const user = (...content) => ({ role: "user", content });
const question = (scenario, more) => (
  { modelId: MODEL, messages: [user({ text: prompt(scenario) })], ...more }
);
const ask = (scenario, more) => client.send(new ConverseCommand(question(scenario, more)));
const said = ({ output }) => output.message.content.map((block) => block.text ?? "").join("");
const text = (scenario) => async () => ({ text: said(await ask(scenario)) });
const stream = (scenario) => async () => {
  const pieces = [];
  const answer = await client.send(new ConverseStreamCommand(question(scenario)));
  for await (const event of answer.stream) pieces.push(event.contentBlockDelta?.delta.text ?? "");
  return { pieces };
};
const see = (scenario, block) => async () => (
  { text: said(await ask(scenario, { messages: [user({ text: prompt(scenario) }, block)] })) }
);

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    const { message } = (await ask("tools", { toolConfig })).output;
    const called = message.content.filter((block) => block.toolUse).map((block) => block.toolUse);
    const results = called.map(({ toolUseId, name, input }) => (
      { toolResult: { toolUseId, content: [{ text: TOOLS[name](input) }] } }
    ));
    const messages = [user({ text: prompt("tools") }), message, user(...results)];
    return { calls: called.map(({ name, input }) => [name, input]), text: said(await ask("tools", { toolConfig, messages })) };
  },
  async structured() {
    const { message } = (await ask("structured", {
      toolConfig: { tools: [spec("city", CITY)], toolChoice: { tool: { name: "city" } } },
    })).output;
    const structure = { jsonSchema: { schema: JSON.stringify(CITY), name: "city" } };
    const bySchema = await ask("structured", { outputConfig: { textFormat: { type: "json_schema", structure } } });
    return { modes: {
      "a forced tool": message.content.at(-1).toolUse.input, outputConfig: JSON.parse(said(bySchema)),
    } };
  },
  image: see("image", { image: { format: "png", source: { bytes: Buffer.from(PNG, "base64") } } }),
  pdf: see("pdf", { document: { format: "pdf", name: "a", source: { bytes: Buffer.from(PDF, "base64") } } }),
  async thinking() {
    const { message } = (await ask("thinking")).output;
    const messages = [user({ text: prompt("thinking") }), message, user({ text: prompt("thinking", "then") })];
    return {
      thinking: message.content[0].reasoningContent.reasoningText.text, text: said(await ask("thinking", { messages })),
    };
  },
  async usage() {
    const { usage } = await ask("usage");
    return { usage: [usage.inputTokens, usage.outputTokens] };
  },
  filtered: async () => ({ finish: (await ask("filtered")).stopReason }),
  refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
  async truncation() {
    const answer = await ask("truncation", { inferenceConfig: { maxTokens: LIMIT } });
    return { finish: answer.stopReason, text: said(answer) };
  },
});
client.destroy();
