import Anthropic from "@anthropic-ai/sdk";
import { run, TOOL_SCHEMA } from "./scenarios.mjs";

const [, , url, name] = process.argv;
const client = new Anthropic({ baseURL: url, apiKey: "key" });

await run(async (prompt, streamed) => {
  const question = {
    model: "model-1", max_tokens: 100, messages: [{ role: "user", content: prompt }],
    tools: prompt.startsWith("tools") ? [{ name: "weather", input_schema: TOOL_SCHEMA }] : [],
  };
  const answer = streamed
    ? await client.messages.stream(question).finalMessage()
    : await client.messages.create(question);
  const block = (type) => answer.content.find((each) => each.type === type);
  return {
    text: block("text").text, reasoning: block("thinking")?.thinking ?? null,
    tools: answer.content.filter((each) => each.type === "tool_use").map((each) => [each.name, JSON.stringify(each.input)]),
    finish: answer.stop_reason,
    usage: [answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cache_read_input_tokens],
  };
}, name);
