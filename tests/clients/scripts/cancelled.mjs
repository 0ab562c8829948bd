// Reads a stream with a vendor's client, cancels it after its second word, and prints what the client makes of it.
// node cancelled.mjs KIND URL MODEL PROMPT
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [kind, url, model, prompt] = process.argv.slice(2);
const messages = [{ role: "user", content: prompt }];
const openai = () => new OpenAI({ baseURL: `${url}/v1`, apiKey: "any" });
const cancel = (response) => fetch(`${url}/streams/${response.headers.get("x-stream-id")}/cancel`, { method: "POST" });
let text = "";
const said = async (piece, response) => {
  text += piece;
  if (piece === "two ") await cancel(response);
};

const KINDS = {
  async chat() {
    const asked = openai().chat.completions.create({ model, messages, stream: true });
    const { data, response } = await asked.withResponse();
    for await (const chunk of data) await said(chunk.choices[0]?.delta.content ?? "", response);
  },
  async responses() {
    const { data, response } = await openai().responses.create({ model, input: prompt, stream: true }).withResponse();
    let last;
    for await (const event of data) {
      if (event.type === "response.output_text.delta") await said(event.delta, response);
      last = event;
    }
    throw new Ended(`${last.type}, ${last.response.status}`);
  },
  async messages() {
    const client = new Anthropic({ baseURL: url, apiKey: "any" });
    const stream = client.messages.stream({ model, messages, max_tokens: 100 });
    const { response } = await stream.withResponse();
    for await (const event of stream) {
      if (event.type === "content_block_delta") await said(event.delta.text, response);
    }
    await stream.finalMessage();
  },
};

class Ended extends Error {}  // of an answer that its client takes for no error

let error = null;
try {
  await KINDS[kind]();
} catch (caught) {
  error = [caught.constructor.name, caught.message];
}
console.log(JSON.stringify({ text, error }));
