// What cuts the text of an answer into events: pieces of text in, as they arrive, events out, as they complete.

const LINE_END = /\r\n|\r|\n/;

class Lines {
  #partial = "";
  #afterCr = false;

  feed(text) {
    if (!text) return [];
    if (this.#afterCr && text.startsWith("\n")) text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const lines = (this.#partial + text).split(LINE_END);
    this.#partial = lines.pop();
    return lines;
  }
}

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html section 9.2.6. */
export class EventDecoder {
  #lines = new Lines();
  #data = [];
  #type = "";

  feed(text) {
    return this.#lines.feed(text).flatMap((line) => this.#take(line));
  }

  #take(line) {
    if (!line) {
      const event = { type: this.#type || "message", data: this.#data.join("\n") };
      const complete = this.#data.length > 0;
      this.#data = [];
      this.#type = "";
      return complete ? [event] : [];
    }
    // a line without a colon is a field with an empty value; a comment is a field without a name
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    if (name === "event") this.#type = value;
    return [];
  }
}

/** A line each; empty ones are heartbeats. */
export class LineDecoder {
  #lines = new Lines();

  feed(text) {
    return this.#lines
      .feed(text)
      .filter(Boolean)
      .map((data) => ({ type: "line", data }));
  }
}

/** Text that is shown as it is. */
export class PlainDecoder {
  feed(text) {
    return text ? [{ type: "text", data: text }] : [];
  }
}
