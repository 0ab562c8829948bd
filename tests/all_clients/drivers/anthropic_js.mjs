// /// client
// title = "@anthropic-ai/sdk, Messages"
// package = "@anthropic-ai/sdk"
// environments = ["javascript"]
// function = "claude"
// ///
import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { CITY, CITY_TOOL, LIMIT, MODEL, PDF, PNG, prompt, run, TOOLS, URL_OF_API } from "./driving.mjs";

const client = new Anthropic({ baseURL: URL_OF_API, apiKey: "key" });
const tools = Object.keys(TOOLS).map((name) => ({ name, input_schema: CITY_TOOL }));
const user = (content) => ({ role: "user", content });
const question = (scenario, more) => (
  { model: MODEL, max_tokens: 2000, messages: [user(prompt(scenario))], ...more }
);
const ask = (scenario, more) => client.messages.create(question(scenario, more));
const said = ({ content }) => content.filter((block) => block.type === "text").map((block) => block.text).join("");
const text = (scenario) => async () => ({ text: said(await ask(scenario)) });
const stream = (scenario) => async () => {
  const pieces = [];
  await client.messages.stream(question(scenario)).on("text", (delta) => pieces.push(delta)).finalMessage();
  return { pieces };
};
const see = (scenario, type, media_type, data) => async () => {
  const content = [{ type, source: { type: "base64", media_type, data } }, { type: "text", text: prompt(scenario) }];
  return { text: said(await ask(scenario, { messages: [user(content)] })) };
};

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    const { content } = await ask("tools", { tools });
    const called = content.filter((block) => block.type === "tool_use");
    const results = called.map(({ id, name, input }) => (
      { type: "tool_result", tool_use_id: id, content: TOOLS[name](input) }
    ));
    const messages = [user(prompt("tools")), { role: "assistant", content }, user(results)];
    return { calls: called.map(({ name, input }) => [name, input]), text: said(await ask("tools", { tools, messages })) };
  },
  async structured() {
    const { content } = await ask("structured", {
      tools: [{ name: "city", input_schema: CITY }], tool_choice: { type: "tool", name: "city" },
    });
    const format = jsonSchemaOutputFormat(CITY);
    const { schema } = format;
    const asked = question("structured", { output_config: { format } });
    return { modes: {
      "a forced tool": content.find((block) => block.type === "tool_use").input,
      output_config: JSON.parse(said(await ask("structured", { output_config: { format: { type: "json_schema", schema } } }))),
      parse: (await client.messages.parse(asked)).parsed_output,
    } };
  },
  image: see("image", "image", "image/png", PNG), pdf: see("pdf", "document", "application/pdf", PDF),
  async thinking() {
    const thinking = { type: "enabled", budget_tokens: 1024 };
    const { content } = await ask("thinking", { thinking });
    const messages = [user(prompt("thinking")), { role: "assistant", content }, user(prompt("thinking", "then"))];
    return { thinking: content[0].thinking, text: said(await ask("thinking", { messages, thinking })) };
  },
  async usage() {
    const { usage } = await client.messages.stream(question("usage")).finalMessage();
    return { usage: [usage.input_tokens, usage.output_tokens] };
  },
  filtered: async () => ({ finish: (await ask("filtered")).stop_reason }),
  refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
  async truncation() {
    const answer = await ask("truncation", { max_tokens: LIMIT });
    return { finish: answer.stop_reason, text: said(answer) };
  },
});
