// The same as relay.py: the lines of a socket as events, with the stream that AWS's runtime gives a handler.
import { connect } from "node:net";

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const { port } = JSON.parse(event.body);
  responseStream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { "content-type": "text/event-stream" },
  });
  const upstream = connect(port, "127.0.0.1");
  upstream.setEncoding("utf8");
  let rest = "";
  for await (const data of upstream) {
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const text of lines) responseStream.write(`data: ${JSON.stringify({ text })}\n\n`);
  }
  responseStream.end();
});
