// What an application does with OpenAI's JavaScript client at responses that are stored.
import OpenAI from "openai";

const { responses } = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "key", maxRetries: 0 });
const model = "model-1";
const tools = [{ type: "function", name: "weather", strict: false, parameters: { type: "object", properties: {} } }];

async function conversation() {
  const first = await responses.create({ model, tools, input: "Weather?", instructions: "Be brief" });
  const call = first.output.find((item) => item.type === "function_call");
  const result = { type: "function_call_output", call_id: call.call_id, output: "rain" };
  const second = await responses.create({ model, tools, input: [result], previous_response_id: first.id });
  const third = await responses.create({ model, tools, input: "Thanks", previous_response_id: second.id });
  const same = await responses.retrieve(third.id);
  const types = [];
  for await (const item of responses.inputItems.list(third.id, { order: "asc", limit: 2 })) types.push(item.type);
  await responses.delete(third.id);
  const gone = await responses.retrieve(third.id).catch((error) => error.status);
  return [second.output_text, third.output_text, same.output_text, types, gone];
}

async function resumed() {
  const seen = [];
  const cut = await responses.create({ model, input: "Hi", background: true, stream: true });
  for await (const event of cut) {
    seen.push(event);
    if (event.type === "response.output_text.delta") break;
  }
  const { id } = seen[0].response;
  const from = { stream: true, starting_after: seen.at(-1).sequence_number };
  for await (const event of await responses.retrieve(id, from)) seen.push(event);
  const uncut = [];
  for await (const event of await responses.retrieve(id, { stream: true })) uncut.push(event);
  if (JSON.stringify(seen) !== JSON.stringify(uncut)) throw new Error("the events differ");
  const answer = await responses.stream({ response_id: id, starting_after: 4 }).finalResponse();
  return [seen.map((event) => event.sequence_number).join() === [...seen.keys()].join(), answer.output_text];
}

async function polled() {
  let response = await responses.create({ model, input: "Hi", background: true });
  const first = response.status;
  while (["queued", "in_progress"].includes(response.status)) response = await responses.retrieve(response.id);
  return [first, response.status, response.output_text];
}

async function cancelled() {
  const { id } = await responses.create({ model, input: "Hi", background: true });
  const stopped = await responses.cancel(id);
  return [stopped.status, (await responses.cancel(id)).status, (await responses.retrieve(id)).status];
}

const outcomes = {};
for (const step of [conversation, resumed, polled, cancelled]) outcomes[step.name] = await step();
console.log(JSON.stringify(outcomes));
