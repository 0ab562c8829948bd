// One answer, read as it arrives, over as many connections as it takes.

import { messageOf } from "/formats.js";

/** Characters of an error answer that are read. */
const EXCERPT = 4096;

/** An answer that is not what it should be; `partial` when it only ended too early, `final` when it is over. */
class Failure extends Error {
  constructor(message, { partial = false, final = false, cut = false } = {}) {
    super(message);
    Object.assign(this, { partial, final, cut });
  }
}

/**
 * One answer. `seen` is told what arrives: `head(response)`, `arrival(hasText, text)` for every read of the body,
 * `text(piece)`, `tokens(count)` and `input(count)`.
 */
export class Exchange {
  /** Of the stream that the answer is; null where the API keeps none. */
  streamId = null;
  /** Bytes of the body that are here: a kept stream goes on from there, also within an event. */
  position = 0;
  #format;
  #seen;
  #bytes = new TextDecoder();
  #decoder;
  #done = false;

  constructor(format, seen) {
    this.#format = format;
    this.#seen = seen;
    this.#decoder = format.decoder();
  }

  /**
   * Sends a request, and reads the answer or its rest.
   *
   * Returns `{state}` - complete, stopped, truncated or failed - and for the last two a `message`, `final` when
   * there is nothing to come back for, and `cut` when the connection broke.
   */
  async run(request, signal) {
    try {
      const response = await ask(request, signal);
      // what is compressed on the way has other positions
      if (!response.headers.get("content-encoding")) this.streamId ??= response.headers.get("x-stream-id");
      this.#seen.head(response);
      if (response.status !== 204 || !this.position) {
        await check(response, this.#format);
        await this.#follow(response.body.getReader());
      }
      if (this.#done || this.#format.endsWithBody) return { state: "complete" };
      return { state: "truncated", message: "the answer ended without its terminal event" };
    } catch (error) {
      if (signal.aborted) return { state: "stopped" };
      if (!(error instanceof Failure)) throw error;
      const { message, final, cut } = error;
      return { state: error.partial ? "truncated" : "failed", message, final, cut };
    }
  }

  async #follow(reader) {
    for (;;) {
      const { value, done } = await read(reader, this.#done);
      if (done) return;
      this.position += value.length;
      const piece = this.#bytes.decode(value, { stream: true });
      const events = this.#decoder.feed(piece).map((event) => meaning(event, this.#format));
      this.#seen.arrival(
        events.some(({ text }) => text),
        piece,
      );
      for (const event of events) this.#take(event, reader);
    }
  }

  #take({ text, error, tokens, input, done }, reader) {
    if (text) this.#seen.text(text);
    if (tokens) this.#seen.tokens(tokens);
    if (input) this.#seen.input(input);
    if (error) {
      reader.cancel();
      throw new Failure(`the answer ended in an error: ${error}`, { final: true });
    }
    this.#done ||= Boolean(done);
  }
}

/** Sends a request that has no answer to read; returns what is wrong, or nothing. */
export async function order(request) {
  try {
    const response = await ask(request);
    return response.ok ? "" : await refusal(response);
  } catch (error) {
    return error.message;
  }
}

async function ask({ method = "POST", url, headers, body }, signal) {
  try {
    return await fetch(url, {
      method,
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
    // what the store says of a stream stays so
    const final = response.status < 500 && response.status !== 429;
    throw new Failure(await refusal(response), { final });
  }
  if (type.split(";")[0].trim() !== format.type) {
    throw new Failure(`the answer is ${type}, not ${format.type}`, { final: true });
  }
}

async function refusal(response) {
  const text = (await response.text().catch(() => "")).slice(0, EXCERPT);
  let said = text;
  try {
    said = messageOf(JSON.parse(text));
  } catch {
    // not JSON: shown as it is
  }
  const retry = response.headers.get("retry-after");
  return `status ${response.status}: ${said}${retry ? `; try again after ${retry} s` : ""}`;
}

async function read(reader, done) {
  try {
    return await reader.read();
  } catch (error) {
    // what breaks after the terminal event has cost nothing of the answer
    if (done) return { done: true };
    const message = `the connection broke before the answer was whole (${error.message})`;
    throw new Failure(message, { partial: true, cut: true });
  }
}

function meaning(event, format) {
  try {
    return format.read(event);
  } catch {
    return { error: `an event is not JSON: ${event.data.slice(0, 80)}` };
  }
}
