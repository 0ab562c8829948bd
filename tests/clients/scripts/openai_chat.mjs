import OpenAI from "openai";
import { run, TOOL_SCHEMA } from "./scenarios.mjs";

const [, , url, name] = process.argv;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "key" });
const TOOLS = [{ type: "function", function: { name: "weather", parameters: TOOL_SCHEMA } }];

await run(async (prompt, streamed) => {
  const question = {
    model: "model-1", messages: [{ role: "user", content: prompt }],
    tools: prompt.startsWith("tools") ? TOOLS : undefined,
  };
  let answer;
  let reasoning = "";
  if (streamed) {
    const stream = client.chat.completions.stream({ ...question, stream_options: { include_usage: true } });
    stream.on("chunk", (chunk) => { reasoning += chunk.choices[0]?.delta.reasoning_content ?? ""; });
    answer = await stream.finalChatCompletion();
  } else {
    answer = await client.chat.completions.create(question);
    reasoning = answer.choices[0].message.reasoning_content ?? "";
  }
  const message = answer.choices[0].message;
  return {
    text: message.content, reasoning: reasoning || null,
    tools: (message.tool_calls ?? []).map((call) => [call.function.name, call.function.arguments]),
    finish: answer.choices[0].finish_reason, usage: [answer.usage.prompt_tokens, answer.usage.completion_tokens],
  };
}, name);
