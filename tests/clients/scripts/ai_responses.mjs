// The AI SDK's createOpenAI() as it is by default, which is the Responses API: a loop of tools, and a second turn.
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

const model = createOpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "key" })("model-1");
const inputSchema = jsonSchema({ type: "object", properties: { city: { type: "string" } } });
const tools = {
  weather: tool({ inputSchema, execute: ({ city }) => `rain in ${city}` }),
  clock: tool({ inputSchema, execute: ({ city }) => `noon in ${city}` }),
};
const stateless = { openai: { store: false } };

async function loop(providerOptions) {
  let failure;
  const answer = streamText({
    model, prompt: "Weather and time?", tools, stopWhen: stepCountIs(3), maxRetries: 0, providerOptions,
    onError: ({ error }) => { failure = error; },
  });
  await answer.consumeStream();
  return failure ? { error: failure.message, status: failure.statusCode } : { text: await answer.text };
}

const question = [{ role: "user", content: "Hi" }];
const first = await generateText({ model, messages: question, providerOptions: stateless });
const messages = [...question, ...first.responseMessages ?? first.response.messages, ...question];
const second = await generateText({ model, messages, providerOptions: stateless });
console.log(JSON.stringify({
  turns: [first.text, second.text], stateless: await loop(stateless), byDefault: await loop(undefined),
}));
