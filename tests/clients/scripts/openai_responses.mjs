// OpenAI's JavaScript client, at the Responses API.
import OpenAI from "openai";
import { run, TOOL_SCHEMA } from "./scenarios.mjs";

const [, , url, name] = process.argv;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "key" });
const TOOLS = [{ type: "function", name: "weather", parameters: TOOL_SCHEMA, strict: false }];

await run(async (prompt, streamed) => {
  const question = { model: "model-1", input: prompt, tools: prompt.startsWith("tools") ? TOOLS : undefined };
  let answer;
  if (streamed) {
    const stream = client.responses.stream(question);
    let said = "";
    stream.on("response.output_text.delta", (event) => { said += event.delta; });
    answer = await stream.finalResponse();
    if (said !== answer.output_text) throw new Error(`${said} is not ${answer.output_text}`);
  } else {
    answer = await client.responses.create(question);
  }
  const of = (type) => answer.output.filter((item) => item.type === type);
  return {
    text: answer.output_text,
    reasoning: of("reasoning").flatMap((item) => item.summary).map((part) => part.text).join("") || null,
    tools: of("function_call").map((call) => [call.name, call.arguments]),
    finish: answer.status, usage: [answer.usage.input_tokens, answer.usage.output_tokens],
  };
}, name);
