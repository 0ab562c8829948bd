// Stands in for the native module of aws-lambda-ric, which takes a compiler to build. Streamed responses do
// not go through it; it fetches the next invocation, and posts what is buffered.
const http = require("node:http");
const Module = require("node:module");

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

const next = () =>
  new Promise((resolve, reject) => {
    const request = http.get(`${base}/next`, (response) => {
      let bodyJson = "";
      response.setEncoding("utf8");
      response.on("data", (data) => (bodyJson += data));
      response.on("end", () => resolve({ bodyJson, headers: response.headers }));
    });
    request.on("error", reject);
  });

const refuse = () => {
  throw new Error("only streamed responses are measured");
};

const load = Module._load;
Module._load = function (name, ...rest) {
  if (name.endsWith("rapid-client.node")) return { next, done: refuse, error: refuse };
  return load.call(this, name, ...rest);
};
