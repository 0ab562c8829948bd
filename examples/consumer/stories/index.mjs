// A function for Node.js: Lambda's own `awslambda`, made to answer as API Gateway wants it.
const PARTS = 25;

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const { title } = JSON.parse(event.body ?? "{}");
  const refused = typeof title !== "string" || title === "";
  const response = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: refused ? 400 : 200,
    headers: { "Content-Type": refused ? "application/json" : "text/event-stream", "Cache-Control": "no-cache" },
  });
  // the status goes out with the first write, and without one there is none
  if (refused) {
    response.write(JSON.stringify({ message: "title must be a text" }));
  } else {
    for (let part = 0; part < PARTS; part++) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      response.write(`data: ${JSON.stringify({ title, part })}\n\n`);
    }
    response.write("event: done\ndata: {}\n\n");
  }
  response.end();
});
