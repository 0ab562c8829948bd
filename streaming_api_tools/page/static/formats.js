// The formats of the chat function: where a request goes, what it says, and what the events of the answer mean.
//
// `read` returns what one event brings: `text` to show, `error` that ends the answer, `done` when it was the
// terminal event, `tokens` that the model has written, `input` those that it has read. An answer is whole only after its terminal event.

import { EventDecoder, LineDecoder, PlainDecoder } from "/decoders.js";

const EVENT_STREAM = "text/event-stream";

/** What an error answer or an error event says: this project's envelope, API Gateway's own, or anything else. */
export function messageOf(fields) {
  const error = fields?.error ?? fields;
  const message = typeof error === "string" ? error : (error?.message ?? error?.Message ?? fields?.errorText);
  const kind = error?.code || error?.type;
  return kind && message ? `${message} (${kind})` : message || JSON.stringify(fields);
}

/** The tokens of an answer and of its request, of which caches have none here. */
function counts(usage) {
  return { tokens: usage?.outputTokens, input: usage?.inputTokens };
}

function native(type, fields) {
  if (type === "error") return { error: messageOf(fields) };
  if (type === "done") return { done: true, ...counts(fields.usage) };
  return { text: fields.text };
}

function openai(fields) {
  if (fields.error) return { error: messageOf(fields) };
  return { text: fields.choices?.[0]?.delta?.content, tokens: fields.usage?.completion_tokens, input: fields.usage?.prompt_tokens };
}

function anthropic(fields) {
  if (fields.type === "error") return { error: messageOf(fields) };
  if (fields.type === "message_stop") return { done: true };
  // the models' own route tells the tokens of the request in its first event
  const usage = fields.usage ?? fields.message?.usage;
  return { text: fields.delta?.text, tokens: usage?.output_tokens, input: usage?.input_tokens };
}

function probe(type, fields) {
  if (type === "error") return { error: messageOf(fields) };
  if (type === "done") return { done: true };
  return { text: `event ${fields.i} was written after ${Math.round(fields.s)} ms\n` };
}

function ui(fields) {
  if (fields.type === "error") return { error: messageOf(fields) };
  if (fields.type === "abort") return { error: "the stream was cancelled" };
  if (fields.type === "finish") return { done: true, ...counts(fields.messageMetadata?.usage) };
  return { text: fields.type === "text-delta" ? fields.delta : undefined };
}

/** Name -> format. A route that is null is the one that the page was opened with. */
export const FORMATS = {
  sse: {
    label: "server-sent events",
    route: null,
    type: EVENT_STREAM,
    decoder: () => new EventDecoder(),
    body: (prompt) => ({ prompt }),
    read: (event) => native(event.type, JSON.parse(event.data)),
  },
  ndjson: {
    label: "lines of JSON",
    route: null,
    query: "?format=ndjson",
    type: "application/x-ndjson",
    decoder: () => new LineDecoder(),
    body: (prompt) => ({ prompt }),
    read: (event) => {
      const fields = JSON.parse(event.data);
      return native(fields.type, fields);
    },
  },
  text: {
    label: "plain text",
    route: null,
    query: "?format=text",
    type: "text/plain",
    // nothing in plain text says that it is over: it is whole when its HTTP body is
    endsWithBody: true,
    decoder: () => new PlainDecoder(),
    body: (prompt) => ({ prompt }),
    read: (event) => ({ text: event.data }),
  },
  openai: {
    label: "OpenAI Chat Completions",
    route: "v1/chat/completions",
    type: EVENT_STREAM,
    decoder: () => new EventDecoder(),
    body: (prompt) => ({
      messages: [{ role: "user", content: prompt }],
      stream: true,
      stream_options: { include_usage: true },
    }),
    read: (event) => (event.data === "[DONE]" ? { done: true } : openai(JSON.parse(event.data))),
  },
  anthropic: {
    label: "Anthropic Messages",
    route: "v1/messages",
    type: EVENT_STREAM,
    decoder: () => new EventDecoder(),
    body: (prompt) => ({ messages: [{ role: "user", content: prompt }], max_tokens: 1024, stream: true }),
    read: (event) => anthropic(JSON.parse(event.data)),
  },
  ui: {
    label: "AI SDK UI messages",
    route: "ui/chat",
    type: EVENT_STREAM,
    decoder: () => new EventDecoder(),
    body: (prompt) => ({
      id: "page",
      messages: [{ id: "1", role: "user", parts: [{ type: "text", text: prompt }] }],
      trigger: "submit-message",
    }),
    read: (event) => (event.data === "[DONE]" ? {} : ui(JSON.parse(event.data))),
  },
  probe: {
    label: "probe: no model, a random schedule",
    route: "probe",
    type: EVENT_STREAM,
    decoder: () => new EventDecoder(),
    /** Its body is a challenge of the page's server, which judges the answer. */
    judged: true,
    read: (event) => probe(event.type, JSON.parse(event.data)),
  },
};
