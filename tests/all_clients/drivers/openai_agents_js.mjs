// /// client
// title = "@openai/agents, Responses"
// package = "@openai/agents"
// environments = ["javascript"]
// function = "nova"
// [without]
// filtered = "an agent tells no finish reason"
// truncation = "an agent tells no finish reason"
// ///
import { Agent, OpenAIResponsesModel, Runner, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { MODEL, PDF, PNG, prompt, run, TOOLS, URL_OF_API } from "./driving.mjs";

setTracingDisabled(true);
const model = new OpenAIResponsesModel(new OpenAI({ baseURL: `${URL_OF_API}/v1`, apiKey: "key" }), MODEL);
const tools = Object.entries(TOOLS).map(([name, execute]) => (
  tool({ name, description: name, parameters: z.object({ city: z.string() }), execute })
));
const runner = new Runner();
const ask = (asked, more) => runner.run(new Agent({ name: "agent", model, ...more }), asked);
const user = (content) => ({ role: "user", content });
const text = (scenario) => async () => ({ text: (await ask(prompt(scenario))).finalOutput });
const stream = (scenario) => async () => {
  const pieces = [];
  const answer = await runner.run(new Agent({ name: "agent", model }), prompt(scenario), { stream: true });
  for await (const piece of answer.toTextStream()) pieces.push(piece);
  await answer.completed;
  return { pieces };
};
const see = (scenario, part) => async () => (
  { text: (await ask([user([{ type: "input_text", text: prompt(scenario) }, part])])).finalOutput }
);

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    const answer = await ask(prompt("tools"), { tools });
    const called = answer.newItems.filter((item) => item.type === "tool_call_item").map((item) => item.rawItem);
    return { calls: called.map((item) => [item.name, JSON.parse(item.arguments)]), text: answer.finalOutput };
  },
  async structured() {
    const outputType = z.object({ name: z.string(), population: z.number().int() });
    return { modes: { outputType: (await ask(prompt("structured"), { outputType })).finalOutput } };
  },
  image: see("image", { type: "input_image", image: `data:image/png;base64,${PNG}` }),
  pdf: see("pdf", { type: "input_file", file: `data:application/pdf;base64,${PDF}`, filename: "a.pdf" }),
  async thinking() {
    const answer = await ask(prompt("thinking"));
    const items = answer.newItems.filter((item) => item.type === "reasoning_item").map((item) => item.rawItem);
    const thinking = items.flatMap((item) => item.content).map((part) => part.text).join("");
    return { thinking, text: (await ask([...answer.history, user(prompt("thinking", "then"))])).finalOutput };
  },
  async usage() {
    const { usage } = (await ask(prompt("usage"))).state;
    return { usage: [usage.inputTokens, usage.outputTokens] };
  },
  refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
});
