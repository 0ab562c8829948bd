// Prints what eventsource-parser makes of streams: a list of lists of chunks in base64 on stdin.
import { createParser } from "eventsource-parser";

const streams = JSON.parse(await new Response(process.stdin).text());
const read = (chunks) => {
  const events = [];
  const retries = [];
  let id = "";
  const parser = createParser({
    onId: (said) => {
      id = said;
    },
    onRetry: (retry) => retries.push(retry),
    onEvent: (event) => events.push([event.event || "message", event.data, id]),
  });
  // the parser takes text, and looks for the byte order mark itself
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const chunk of chunks) {
    parser.feed(decoder.decode(Buffer.from(chunk, "base64"), { stream: true }));
  }
  return { events, retries };
};
console.log(JSON.stringify(streams.map(read)));
