// /// client
// title = "@anthropic-ai/claude-agent-sdk"
// package = "@anthropic-ai/claude-agent-sdk"
// environments = ["claude-agent-sdk"]
// slow = true
// function = "claude"
// [without]
// filtered = "the SDK answers a refusal itself"
// usage = "the instructions of the SDK count as well, and it tells the sum of its requests"
// truncation = "the SDK has no such setting"
// ///
import { createSdkMcpServer, query, tool } from "@anthropic-ai/claude-agent-sdk";
import { z } from "zod";
import { CITY, MODEL, PDF, PNG, prompt, run, TOOLS, URL_OF_API, WANTED } from "./driving.mjs";

const env = {
  ...process.env, ANTHROPIC_BASE_URL: URL_OF_API, ANTHROPIC_API_KEY: "key", ANTHROPIC_MODEL: MODEL,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1", DISABLE_TELEMETRY: "1",
};
const mine = createSdkMcpServer({
  name: "mine",
  tools: Object.entries(TOOLS).map(([name, execute]) => tool(name, name, { city: z.string() }, async (input) => (
    { content: [{ type: "text", text: execute(input) }] }
  ))),
});

async function ask(asked, more) {
  const told = { calls: [], pieces: [], thinking: "" };
  const options = { env, model: MODEL, allowedTools: Object.keys(TOOLS).map((name) => `mcp__mine__${name}`), ...more };
  for await (const message of query({ prompt: asked, options })) {
    if (message.type === "assistant") {
      for (const block of message.message.content) {
        if (block.type === "tool_use") told.calls.push([block.name.split("__").at(-1), block.input]);
        if (block.type === "thinking") told.thinking += block.thinking;
      }
    }
    const { event } = message;
    if (event?.delta?.type === "text_delta") told.pieces.push(event.delta.text);
    if (message.type === "result") {
      if (message.is_error) {
        throw Object.assign(new Error(message.result ?? message.errors?.join(" ")), { status: message.api_error_status });
      }
      Object.assign(told, { text: message.result, object: message.structured_output, session: message.session_id });
    }
  }
  return told;
}
async function* said(...content) {
  yield { type: "user", message: { role: "user", content }, parent_tool_use_id: null };
}
const see = (scenario, type, media_type, data) => async () => {
  const source = { type: "base64", media_type, data };
  return { text: (await ask(said({ type, source }, { type: "text", text: prompt(scenario) }))).text };
};
const text = (scenario) => async () => ({ text: (await ask(prompt(scenario))).text });
const stream = (scenario) => async () => (
  { pieces: (await ask(prompt(scenario), { includePartialMessages: true })).pieces }
);
// It asks up to ten times more, for three minutes, so these begin at once.
const failing = {
  refused: text("refused"), throttled: text("throttled"), retry: text("retry"),
  failure: stream("failure"), cut: stream("cut"),
};
const begun = Object.fromEntries(Object.entries(failing).filter(([name]) => WANTED.includes(name)).map(([name, ask]) => (
  [name, ask().then((outcome) => () => outcome, (error) => () => { throw error; })]
)));
const ended = (name) => async () => (await begun[name])();

await run({
  text: text("text"), stream: stream("stream"),
  async tools() {
    // by default it has the model think, which then has to think before it calls a tool
    const named = `[[reasoning=Hm.]] ${prompt("tools").replaceAll("[[tool=", "[[tool=mcp__mine__")}`;
    const { calls, text } = await ask(named, { mcpServers: { mine } });
    return { calls, text };
  },
  async structured() {
    const called = '[[reasoning=Hm.]] [[tool=StructuredOutput {"name": "Bonn", "population": 3}]]';
    const { object } = await ask(`${prompt("structured")} ${called}`, { outputFormat: { type: "json_schema", schema: CITY } });
    return { modes: { outputFormat: object } };
  },
  image: see("image", "image", "image/png", PNG), pdf: see("pdf", "document", "application/pdf", PDF),
  async thinking() {
    const { thinking, session } = await ask(prompt("thinking"));
    return { thinking, text: (await ask(prompt("thinking", "then"), { resume: session })).text };
  },
  ...Object.fromEntries(Object.keys(failing).map((name) => [name, ended(name)])),
});
process.exit(0);
