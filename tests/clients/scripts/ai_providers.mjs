// The AI SDK's providers, with nothing but the base URL changed; the client's name says which.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { jsonSchema, streamText, tool } from "ai";
import { run, TOOL_SCHEMA } from "./scenarios.mjs";

const [, , url, name] = process.argv;
const baseURL = `${url}/v1`;
const MODELS = {
  "ai-anthropic": () => createAnthropic({ baseURL, apiKey: "key" })("model-1"),
  "ai-openai": () => createOpenAI({ baseURL, apiKey: "key" }).chat("model-1"),
  "ai-openai-responses": () => createOpenAI({ baseURL, apiKey: "key" })("model-1"),
  "ai-openai-compatible": () =>
    createOpenAICompatible({ name: "mine", baseURL, apiKey: "key", includeUsage: true })("model-1"),
};
const model = MODELS[name]();
const tools = { weather: tool({ inputSchema: jsonSchema(TOOL_SCHEMA) }) };

await run(async (prompt) => {
  let failure;
  const onError = ({ error }) => { failure = error.lastError ?? error; };
  const answer = streamText({ model, prompt, tools: prompt.startsWith("tools") ? tools : undefined, onError });
  await answer.consumeStream();
  if (failure) {
    throw Object.assign(new Error(failure.message ?? JSON.stringify(failure)), {
      status: failure.statusCode, requestID: failure.responseHeaders?.["x-request-id"],
    });
  }
  const usage = await answer.usage;
  return {
    text: await answer.text, reasoning: (await answer.reasoningText) ?? null,
    tools: (await answer.toolCalls).map((call) => [call.toolName, JSON.stringify(call.input)]),
    finish: await answer.finishReason, usage: [usage.inputTokens, usage.outputTokens],
  };
}, name, ["stream"]);
