// Runs the AI SDK with one of its providers: every ai_*.mjs beside this names one.
import { readFileSync } from "node:fs";
import * as ai from "ai";
import { CITY, CITY_TOOL, LIMIT, PDF, PNG, prompt, run, TOOLS } from "./driving.mjs";

const { generateText, jsonSchema, stepCountIs, streamText, tool } = ai;
const tools = Object.fromEntries(Object.entries(TOOLS).map(([name, execute]) => [
  name, tool({ inputSchema: jsonSchema(CITY_TOOL), execute: async (input) => execute(input) }),
]));
const VERSION = Number(JSON.parse(readFileSync(new URL("node_modules/ai/package.json", import.meta.url))).version.split(".")[0]);

async function read(question) {
  let failure;
  const answer = streamText({ ...question, onError: ({ error }) => { failure = error; } });
  const pieces = [];
  for await (const piece of answer.textStream) pieces.push(piece);
  if (failure) throw failure.message ? failure : Object.assign(new Error(JSON.stringify(failure)), failure);
  return { pieces, answer };
}

const see = (model, scenario, mediaType, data) => async () => {
  const file = { type: "file", mediaType, data: Buffer.from(data, "base64"), filename: "a" };
  const content = [{ type: "text", text: prompt(scenario) }, mediaType.startsWith("image") && VERSION < 7
    ? { type: "image", image: Buffer.from(data, "base64") } : file];
  return { text: (await generateText({ model, messages: [{ role: "user", content }] })).text };
};

async function structured(model) {
  const schema = jsonSchema(CITY);
  const asked = { model, prompt: prompt("structured") };
  const modes = {};
  const output = ai.Output ?? {};
  const outcome = await generateText({
    ...asked, [VERSION < 6 ? "experimental_output" : "output"]: output.object({ schema }),
  });
  modes["Output.object"] = VERSION < 6 ? outcome.experimental_output : outcome.output;
  if (ai.generateObject) modes.generateObject = (await ai.generateObject({ ...asked, schema })).object;
  const forced = await generateText({
    ...asked, tools: { city: tool({ inputSchema: schema }) }, toolChoice: { type: "tool", toolName: "city" },
  });
  modes["a forced tool"] = forced.toolCalls[0].input;
  return { modes };
}

export function drive(model, providerOptions) {
  const text = (scenario) => async () => (
    { text: (await generateText({ model, prompt: prompt(scenario), providerOptions })).text }
  );
  const stream = (scenario) => async () => ({ pieces: (await read({ model, prompt: prompt(scenario) })).pieces });
  return run({
    text: text("text"), stream: stream("stream"),
    async tools() {
      const asked = { model, prompt: prompt("tools"), tools, stopWhen: stepCountIs(3), providerOptions };
      const { steps, text } = await generateText(asked);
      return { calls: steps[0].toolCalls.map((call) => [call.toolName, call.input]), text };
    },
    structured: () => structured(model),
    image: see(model, "image", "image/png", PNG), pdf: see(model, "pdf", "application/pdf", PDF),
    async thinking() {
      const said = [{ role: "user", content: prompt("thinking") }];
      const first = await generateText({ model, messages: said, providerOptions });
      const messages = [
        ...said, ...first.responseMessages ?? first.response.messages,
        { role: "user", content: prompt("thinking", "then") },
      ];
      return { thinking: first.reasoningText, text: (await generateText({ model, messages, providerOptions })).text };
    },
    async usage() {
      const { answer } = await read({ model, prompt: prompt("usage") });
      const told = await answer.usage;
      return { usage: [told.inputTokens, told.outputTokens] };
    },
    filtered: async () => ({ finish: (await generateText({ model, prompt: prompt("filtered") })).finishReason }),
    refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
    failure: stream("failure"), cut: stream("cut"),
    async truncation() {
      const answer = await generateText({ model, prompt: prompt("truncation"), maxOutputTokens: LIMIT });
      return { finish: answer.finishReason, text: answer.text };
    },
  });
}
