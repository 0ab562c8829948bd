// Preloaded before aws-lambda-ric: does in JavaScript what its C++ addon does, which needs a toolchain to build, and finds the AWS
// SDK where nothing else is found, as the Lambda runtimes bring one. Streams never touch the addon.
"use strict";
const http = require("node:http");
const Module = require("node:module");
const { pathToFileURL } = require("node:url");

const VERSION = "/2018-06-01/runtime";
// what was answered last: the addon blocks until Lambda has it, so the next invocation is asked for after that
let answered = Promise.resolve();

function call(method, path, body, headers) {
  const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path: VERSION + path, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk)).on("error", reject);
      response.on("end", () => {
        const { statusCode, headers } = response;
        resolve({ statusCode, headers, bodyJson: Buffer.concat(chunks).toString() });
      });
    });
    request.on("error", reject).end(body);
  });
}

const addon = {
  initializeClient() {},
  async next() {
    await answered;
    // after an error in a stream the client asks while the end of the stream is still on its way; the addon tries again as well
    for (let pause = 1; ; pause *= 2) {
      const invocation = await call("GET", "/invocation/next");
      if (invocation.statusCode === 200 || pause > 1000) return invocation;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  },
  done(id, body) {
    answered = call("POST", `/invocation/${id}/response`, body, { "Content-Type": "application/json" });
  },
  error(id, body, cause) {
    const headers = { "Content-Type": "application/json", "Lambda-Runtime-Function-XRay-Error-Cause": cause };
    answered = call("POST", `/invocation/${id}/error`, body, headers);
  },
};

const load = Module._load;
Module._load = (request, ...rest) => (request === "./rapid-client.node" ? addon : load(request, ...rest));

// NODE_PATH is for require() only; an import finds the SDK of the managed runtimes as well
const sdk = process.env.STREAMING_API_SDK;
delete process.env.STREAMING_API_SDK;
const parentURL = sdk && pathToFileURL(`${sdk}/index.mjs`).href;
if (sdk && Module.registerHooks) {
  Module.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!/^@(aws-sdk|smithy)\//.test(specifier)) throw error;
        return next(specifier, { ...context, parentURL });
      }
    },
  });
} else if (sdk) {
  // Node.js 20
  const hooks = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context); } catch (error) {
      if (!/^@(aws-sdk|smithy)\\//.test(specifier)) throw error;
      return next(specifier, { ...context, parentURL: ${JSON.stringify(parentURL)} });
    }
  }`;
  Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
