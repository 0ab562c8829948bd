// /// client
// title = "openai for JavaScript, Responses"
// package = "openai"
// environments = ["javascript"]
// function = "nova"
// ///
import OpenAI from "openai";
import { CITY, CITY_TOOL, LIMIT, MODEL, NAME, PDF, PNG, prompt, run, SAID, TOOLS, URL_OF_API } from "./driving.mjs";

const client = new OpenAI({ baseURL: `${URL_OF_API}/v1`, apiKey: "key" });
const tools = Object.keys(TOOLS).map((name) => ({ type: "function", name, parameters: CITY_TOOL }));
const user = (content) => ({ role: "user", content });
const ask = (scenario, more) => client.responses.create({ model: MODEL, input: prompt(scenario), ...more });
const text = (scenario) => async () => ({ text: (await ask(scenario)).output_text });
const stream = (scenario) => async () => {
  const pieces = [];
  for await (const event of await ask(scenario, { stream: true })) {
    if (event.type === "response.output_text.delta") pieces.push(event.delta);
  }
  return { pieces };
};
const see = (scenario, part) => async () => (
  { text: (await ask(scenario, { input: [user([{ type: "input_text", text: prompt(scenario) }, part])] })).output_text }
);
const ended = (scenario, more) => async () => {
  const answer = await ask(scenario, more);
  return { finish: `${answer.status}: ${answer.incomplete_details.reason}`, text: answer.output_text };
};

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    const { output } = await ask("tools", { tools });
    const called = output.filter((item) => item.type === "function_call");
    const calls = called.map((item) => [item.name, JSON.parse(item.arguments)]);
    const results = called.map((item, index) => (
      { type: "function_call_output", call_id: item.call_id, output: TOOLS[item.name](calls[index][1]) }
    ));
    const input = [user(prompt("tools")), ...output, ...results];
    return { calls, text: (await ask("tools", { tools, input })).output_text };
  },
  async structured() {
    const format = { type: "json_schema", name: "city", schema: CITY, strict: true };
    const asked = { model: MODEL, input: prompt("structured"), text: { format } };
    const forced = await ask("structured", {
      tools: [{ type: "function", name: "city", parameters: CITY }], tool_choice: { type: "function", name: "city" },
    });
    return { modes: {
      parse: (await client.responses.parse(asked)).output_parsed,
      json_schema: JSON.parse((await ask("structured", { text: { format } })).output_text),
      json_object: JSON.parse((await ask("structured", {
        input: `Write JSON. ${SAID} ${NAME}`, text: { format: { type: "json_object" } },
      })).output_text),
      "a forced tool": JSON.parse(forced.output.find((item) => item.type === "function_call").arguments),
    } };
  },
  image: see("image", { type: "input_image", image_url: `data:image/png;base64,${PNG}` }),
  pdf: see("pdf", { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` }),
  async thinking() {
    const { output } = await ask("thinking");
    const thinking = output.flatMap((item) => item.summary ?? []).map((part) => part.text).join("");
    const input = [user(prompt("thinking")), ...output, user(prompt("thinking", "then"))];
    return { thinking, text: (await ask("thinking", { input })).output_text };
  },
  async usage() {
    const { usage } = await ask("usage");
    return { usage: [usage.input_tokens, usage.output_tokens] };
  },
  filtered: ended("filtered"), refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
  truncation: ended("truncation", { max_output_tokens: LIMIT }),
});
