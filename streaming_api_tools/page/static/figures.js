// When the answer arrived, in milliseconds since the request was sent.

const ms = (value) => (value === undefined ? "–" : `${Math.round(value)} ms`);

/** USD of a million tokens. */
const MILLION = 1e6;

export class Figures {
  arrivals = 0;
  pieces = 0;
  longestGap = 0;
  connections = 1;

  /** `prices` are USD for a million tokens of the request and of the answer; null where they are not known. */
  constructor(now, prices) {
    this.start = now;
    this.prices = prices;
  }

  head(now, response) {
    this.status = response.status;
    this.headers ??= now - this.start;
    this.requestId = response.headers.get("x-request-id") ?? response.headers.get("x-amzn-requestid");
  }

  arrival(now) {
    const at = now - this.start;
    this.firstByte ??= at;
    this.longestGap = Math.max(this.longestGap, at - (this.last ?? at));
    this.last = at;
    this.arrivals += 1;
    return at;
  }

  /** Another connection has begun; the time without one is no gap of the stream. */
  reconnect(now) {
    this.connections += 1;
    this.last = undefined;
    return now - this.start;
  }

  text() {
    this.firstText ??= this.last;
    this.lastText = this.last;
    this.pieces += 1;
  }

  end(now) {
    this.total = now - this.start;
  }

  /** Tokens a second, from the first to the last text. */
  get rate() {
    const seconds = (this.lastText - this.firstText) / 1000;
    return this.tokens && seconds > 0 ? `${(this.tokens / seconds).toFixed(1)} a second` : "–";
  }

  get cost() {
    if (!this.prices || this.tokens === undefined || this.input === undefined) return "–";
    const [request, answer] = this.prices;
    return `$${((this.input * request + this.tokens * answer) / MILLION).toFixed(6)}`;
  }

  rows() {
    return [
      ["Status", this.status ?? "–"],
      ["Headers", ms(this.headers)],
      ["First byte", ms(this.firstByte)],
      ["First token", ms(this.firstText)],
      ["Arrivals", this.arrivals],
      ["Pieces of text", this.pieces],
      ["Longest gap", ms(this.arrivals > 1 ? this.longestGap : undefined)],
      ["Tokens", this.tokens ?? "–"],
      ["Of the request", this.input ?? "–"],
      ["Rate", this.rate],
      ["Cost", this.cost],
      ["End", ms(this.total)],
      ["Connections", this.connections],
      ["Request id", this.requestId ?? "–"],
    ];
  }

  sentence() {
    const seams = this.connections > 1 ? `, over ${this.connections} connections` : "";
    return `${this.arrivals} arrivals${seams}, first byte after ${ms(this.firstByte)}, longest gap ${ms(this.longestGap)}`;
  }
}
