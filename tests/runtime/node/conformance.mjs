// The handlers of ../functions/conformance.py, written for AWS's Node.js runtime client.

class ModelError extends Error {
  name = "ModelError";
}

const streaming = (respond) =>
  awslambda.streamifyResponse(async (event, stream, context) => {
    const open = (statusCode, headers, more) =>
      awslambda.HttpResponseStream.from(stream, {
        statusCode,
        headers: {
          "content-type": headers["content-type"],
          "x-request-id": context.awsRequestId,
          "request-id": context.awsRequestId,
          "cache-control": "no-cache",
          "x-accel-buffering": "no",
        },
        ...more,
      });
    await respond(open);
  });

export const whole = streaming(async (open) => {
  const out = open(200, { "content-type": "text/event-stream" }, { cookies: ["a=1; Path=/", "b=2"] });
  out.write("data: one\n\n");
  out.write("data: tw\u00f6\n\n");
  out.end();
});

export const fails = streaming(async (open) => {
  const out = open(200, { "content-type": "text/event-stream" });
  out.write("data: one\n\n");
  throw new ModelError("boom in the middle \u00f6");
});

export const refused = streaming(async (open) => {
  const out = open(429, { "content-type": "text/plain; charset=utf-8" }, { multiValueHeaders: { "x-many": ["1", "2"] } });
  out.write("slow down");
  out.end();
});

export const empty = streaming(async (open) => {
  const out = open(201, { "content-type": "text/event-stream" });
  out.write("");
  out.end();
});

export const binary = streaming(async (open) => {
  const out = open(200, { "content-type": "application/octet-stream" });
  out.write(Buffer.concat([Buffer.alloc(16), Buffer.from([0xff, 0x0d, 0x0a]), Buffer.from("0\r\n\r\n")]));
  out.write(Buffer.alloc(1 << 20, 7));
  out.end();
});
