// Handlers that the gateway runs with AWS's own runtime client; a test holds them at its gate.
import net from "node:net";

class Gate {
  constructor() {
    const [host, port] = process.env.GATE.split(":");
    this.socket = net.connect(Number(port), host);
  }
  say(text) {
    this.socket.write(`${text}\n`);
  }
  wait() {
    return new Promise((resolve, reject) => this.socket.once("data", resolve).once("end", reject));
  }
}

const metadata = { statusCode: 201, headers: { "Content-Type": "text/plain" }, cookies: ["a=1"] };

export const gated = awslambda.streamifyResponse(async (event, stream, context) => {
  const gate = new Gate();
  gate.say(`${process.version} ${process.pid}`);
  const out = awslambda.HttpResponseStream.from(stream, metadata);
  for (let number = 0; number < Number(event.body); number++) {
    await gate.wait();
    out.write(`${number}\n`);
  }
  out.end();
  gate.socket.destroy();
});

export const failsMidway = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, metadata);
  out.write("first\n");
  throw new RangeError("secret detail");
});

export const plain = async (event, context) => {
  console.log("to stdout");
  const body = {
    body: event.body,
    remaining: context.getRemainingTimeInMillis(),
    version: process.version,
    keys: Object.keys(process.env),
  };
  return { statusCode: 200, body: JSON.stringify(body) };
};

export const callsBack = (event, context, callback) => {
  callback(null, { statusCode: 200, body: process.version });
};

export const fails = async () => {
  throw new RangeError("secret detail");
};

export const imports = async (event) => {
  const found = await import(event.body);
  return { statusCode: 200, body: JSON.stringify(Object.keys(found)) };
};

// the client as it is without any settings: it speaks HTTP/2
export const asks = awslambda.streamifyResponse(async (event, stream) => {
  const { BedrockRuntimeClient, ConverseStreamCommand } = await import("@aws-sdk/client-bedrock-runtime");
  const messages = [{ role: "user", content: [{ text: event.body }] }];
  const answer = await new BedrockRuntimeClient().send(new ConverseStreamCommand({ modelId: "m", messages }));
  const out = awslambda.HttpResponseStream.from(stream, metadata);
  for await (const part of answer.stream) {
    if (part.contentBlockDelta) out.write(`${part.contentBlockDelta.delta.text}\n`);
  }
  out.end();
});
