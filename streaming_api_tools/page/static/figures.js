// When the answer arrived, in milliseconds since the request was sent.

const ms = (value) => (value === undefined ? "–" : `${Math.round(value)} ms`);

export class Figures {
  arrivals = 0;
  pieces = 0;
  longestGap = 0;

  constructor(now) {
    this.start = now;
  }

  head(now, response) {
    this.status = response.status;
    this.headers = now - this.start;
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

  text() {
    this.firstText ??= this.last;
    this.pieces += 1;
  }

  end(now) {
    this.total = now - this.start;
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
      ["End", ms(this.total)],
      ["Request id", this.requestId ?? "–"],
    ];
  }

  sentence() {
    return `${this.arrivals} arrivals, first byte after ${ms(this.firstByte)}, longest gap ${ms(this.longestGap)}`;
  }
}
