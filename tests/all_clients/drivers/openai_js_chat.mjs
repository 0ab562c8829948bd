// /// client
// title = "openai for JavaScript, Chat Completions"
// package = "openai"
// environments = ["javascript"]
// function = "nova"
// ///
import OpenAI from "openai";
import { CITY, CITY_TOOL, LIMIT, MODEL, NAME, PDF, PNG, prompt, run, SAID, TOOLS, URL_OF_API } from "./driving.mjs";

const client = new OpenAI({ baseURL: `${URL_OF_API}/v1`, apiKey: "key" });
const functionTool = (name, parameters) => ({ type: "function", function: { name, parameters } });
const tools = Object.keys(TOOLS).map((name) => functionTool(name, CITY_TOOL));
const user = (content) => ({ role: "user", content });
const ask = (scenario, more) => client.chat.completions.create({
  model: MODEL, messages: [user(prompt(scenario))], ...more,
});
const said = async (scenario, more) => (await ask(scenario, more)).choices[0].message.content;
const text = (scenario) => async () => ({ text: await said(scenario) });
const stream = (scenario) => async () => {
  const pieces = [];
  for await (const chunk of await ask(scenario, { stream: true })) pieces.push(chunk.choices[0]?.delta.content ?? "");
  return { pieces };
};
const see = (scenario, part) => async () => (
  { text: await said(scenario, { messages: [user([{ type: "text", text: prompt(scenario) }, part])] }) }
);

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    const { message } = (await ask("tools", { tools })).choices[0];
    const calls = message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
    const results = message.tool_calls.map((call, index) => (
      { role: "tool", tool_call_id: call.id, content: TOOLS[calls[index][0]](calls[index][1]) }
    ));
    return { calls, text: await said("tools", { tools, messages: [user(prompt("tools")), message, ...results] }) };
  },
  async structured() {
    const form = { type: "json_schema", json_schema: { name: "city", schema: CITY, strict: true } };
    const parsed = await client.chat.completions.parse({
      model: MODEL, messages: [user(prompt("structured"))], response_format: form,
    });
    const forced = await ask("structured", {
      tools: [functionTool("city", CITY)], tool_choice: { type: "function", function: { name: "city" } },
    });
    return { modes: {
      parse: parsed.choices[0].message.parsed,
      json_schema: JSON.parse(await said("structured", { response_format: form })),
      json_object: JSON.parse(await said("structured", {
        messages: [user(`Write JSON. ${SAID} ${NAME}`)], response_format: { type: "json_object" },
      })),
      "a forced tool": JSON.parse(forced.choices[0].message.tool_calls[0].function.arguments),
    } };
  },
  image: see("image", { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }),
  pdf: see("pdf", { type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` } }),
  async thinking() {
    const { message } = (await ask("thinking")).choices[0];
    const messages = [user(prompt("thinking")), message, user(prompt("thinking", "then"))];
    return { thinking: message.reasoning_content, text: await said("thinking", { messages }) };
  },
  async usage() {
    let usage;
    const answer = await ask("usage", { stream: true, stream_options: { include_usage: true } });
    for await (const chunk of answer) usage = chunk.usage ?? usage;
    return { usage: [usage.prompt_tokens, usage.completion_tokens] };
  },
  filtered: async () => ({ finish: (await ask("filtered")).choices[0].finish_reason }),
  refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
  async truncation() {
    const [choice] = (await ask("truncation", { max_completion_tokens: LIMIT })).choices;
    return { finish: choice.finish_reason, text: choice.message.content };
  },
});
