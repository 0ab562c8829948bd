// A Bedrock that says when it said what: `"text": "<request came>/<event left>"`, both in nanoseconds of the
// monotonic clock, which all processes of a machine share. The prompt is the number of events. TLS, with HTTP/2
// or chunked HTTP/1.1 as the client asks for in the handshake, as the real one.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { crc32 } from "node:zlib";

const FIRST_MS = 15;
const NEXT_MS = 5;
const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));

function message(kind, payload) {
  const headers = Buffer.concat(
    Object.entries({
      ":event-type": kind,
      ":content-type": "application/json",
      ":message-type": "event",
    }).map(([name, value]) => {
      const length = Buffer.alloc(3);
      length.writeUInt8(7);
      length.writeUInt16BE(value.length, 1);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
    }),
  );
  const body = Buffer.from(JSON.stringify({ ...payload, p: "abcdefghijklmnop" }));
  const frame = Buffer.alloc(12 + headers.length + body.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, 12);
  body.copy(frame, 12 + headers.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

const now = () => process.hrtime.bigint();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const server = createSecureServer({ key, cert, allowHTTP1: true }, async (request, response) => {
  const came = now();
  let body = "";
  for await (const data of request) body += data;
  const count = Number(JSON.parse(body).messages[0].content[0].text);
  response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
  for (let index = 0; index < count; index++) {
    await pause(index === 0 ? FIRST_MS : NEXT_MS);
    const delta = { text: `${came}/${now()}` };
    response.write(message("contentBlockDelta", { contentBlockIndex: 0, delta }));
  }
  response.write(message("messageStop", { stopReason: "end_turn" }));
  const usage = { inputTokens: 1, outputTokens: count, totalTokens: count + 1 };
  response.end(message("metadata", { usage, metrics: { latencyMs: 1 } }));
});
// Node.js leaves this to the HTTP/1.1 server, which is not the one that listens here.
server.on("connection", (socket) => socket.setNoDelay());
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
