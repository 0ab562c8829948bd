// One request and its answer, read as it arrives.

import { messageOf } from "/formats.js";

/** Characters of an error answer that are read. */
const EXCERPT = 4096;

/** An answer that is not what it should be; `partial` when it only ended too early. */
class Failure extends Error {
  constructor(message, partial = false) {
    super(message);
    this.partial = partial;
  }
}

/**
 * Sends the request and tells `seen` what arrives: `head(response)`, `arrival(text)` for every read of the
 * body, `text(piece)`, `tokens(count)` and `input(count)`.
 *
 * Returns `{state}` - complete, stopped, truncated or failed - and for the last two a `message`.
 */
export async function exchange(request, format, signal, seen) {
  try {
    const response = await ask(request, signal);
    seen.head(response);
    await check(response, format);
    await follow(response.body.getReader(), format, seen);
    return { state: "complete" };
  } catch (error) {
    if (signal.aborted) return { state: "stopped" };
    if (!(error instanceof Failure)) throw error;
    return { state: error.partial ? "truncated" : "failed", message: error.message };
  }
}

async function ask({ url, headers, body }, signal) {
  try {
    return await fetch(url, {
      method: "POST",
      headers,
      body,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch (error) {
    throw new Failure(
      `no answer that this page may read (${error.message}): ` +
        "the API is not there, or does not allow this origin by CORS; the console of the browser says which",
    );
  }
}

async function check(response, format) {
  const type = response.headers.get("content-type") ?? "nothing";
  if (response.status !== 200) {
    const text = (await response.text().catch(() => "")).slice(0, EXCERPT);
    let said = text;
    try {
      said = messageOf(JSON.parse(text));
    } catch {
      // not JSON: shown as it is
    }
    const retry = response.headers.get("retry-after");
    throw new Failure(`status ${response.status}: ${said}${retry ? `; try again after ${retry} s` : ""}`);
  }
  if (type.split(";")[0].trim() !== format.type) {
    throw new Failure(`the answer is ${type}, not ${format.type}`);
  }
}

async function follow(reader, format, seen) {
  const bytes = new TextDecoder();
  const decoder = format.decoder();
  let done = false;
  for (;;) {
    const { value, done: ended } = await read(reader, done);
    if (ended) break;
    const events = decoder.feed(bytes.decode(value, { stream: true })).map((event) => meaning(event, format));
    seen.arrival(events.some(({ text }) => text));
    for (const { text, error, tokens, input, done: last } of events) {
      if (text) seen.text(text);
      if (tokens) seen.tokens(tokens);
      if (input) seen.input(input);
      if (error) {
        reader.cancel();
        throw new Failure(`the answer ended in an error: ${error}`);
      }
      done ||= last;
    }
  }
  if (!done && !format.endsWithBody) throw new Failure("the answer ended without its terminal event", true);
}

async function read(reader, done) {
  try {
    return await reader.read();
  } catch (error) {
    // what breaks after the terminal event has cost nothing of the answer
    if (done) return { done: true };
    throw new Failure(`the connection broke before the answer was whole (${error.message})`, true);
  }
}

function meaning(event, format) {
  try {
    return format.read(event);
  } catch {
    return { error: `an event is not JSON: ${event.data.slice(0, 80)}` };
  }
}
