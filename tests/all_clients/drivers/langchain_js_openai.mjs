// /// client
// title = "@langchain/openai, ChatOpenAI"
// package = "@langchain/openai"
// environments = ["javascript"]
// function = "nova"
// [without]
// thinking = "ChatOpenAI reads no reasoning of Chat Completions"
// ///
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import { LIMIT, MODEL, PDF, PNG, prompt, run, TOOLS, URL_OF_API } from "./driving.mjs";

const settings = { model: MODEL, apiKey: "key", configuration: { baseURL: `${URL_OF_API}/v1` } };
const model = new ChatOpenAI(settings);
const tools = Object.entries(TOOLS).map(([name, call]) => (
  tool(call, { name, description: name, schema: z.object({ city: z.string() }) })
));
const City = z.object({ name: z.string(), population: z.number().int() });
const text = (scenario) => async () => ({ text: (await model.invoke(prompt(scenario))).text });
const stream = (scenario) => async () => {
  const pieces = [];
  for await (const chunk of await model.stream(prompt(scenario))) pieces.push(chunk.text);
  return { pieces };
};
const see = (scenario, part) => async () => {
  const content = [{ type: "text", text: prompt(scenario) }, part];
  return { text: (await model.invoke([new HumanMessage({ content })])).text };
};
const ended = (scenario, asked) => async () => {
  const answer = await asked.invoke(prompt(scenario));
  return { finish: answer.response_metadata.finish_reason, text: answer.text };
};

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    const bound = model.bindTools(tools);
    const asked = new HumanMessage(prompt("tools"));
    const answer = await bound.invoke([asked]);
    const results = answer.tool_calls.map(({ id, name, args }) => (
      new ToolMessage({ content: TOOLS[name](args), tool_call_id: id })
    ));
    const again = await bound.invoke([asked, answer, ...results]);
    return { calls: answer.tool_calls.map(({ name, args }) => [name, args]), text: again.text };
  },
  async structured() {
    const modes = {};
    for (const method of ["jsonSchema", "functionCalling", "jsonMode"]) {
      const said = method === "jsonMode" ? '[[say={"name": "Bonn", "population": 3}]] JSON' : "";
      const asked = model.withStructuredOutput(City, { name: "city", method });
      modes[method] = await asked.invoke(`${prompt("structured")} ${said}`);
    }
    return { modes };
  },
  image: see("image", { type: "image", source_type: "base64", data: PNG, mime_type: "image/png" }),
  pdf: see("pdf", {
    type: "file", source_type: "base64", data: PDF, mime_type: "application/pdf", metadata: { filename: "a.pdf" },
  }),
  async usage() {
    const { usage_metadata: told } = await model.invoke(prompt("usage"));
    return { usage: [told.input_tokens, told.output_tokens] };
  },
  filtered: ended("filtered", model), refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
  truncation: ended("truncation", new ChatOpenAI({ ...settings, maxTokens: LIMIT })),
});
