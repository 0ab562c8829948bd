// /// client
// title = "AI SDK UI, useChat in Chromium"
// package = "ai"
// environments = ["use-chat-5", "use-chat-6", "use-chat-7"]
// [without]
// structured = "a chat has no such thing"
// retry = "the client asks once; a page offers `regenerate()`"
// ///
// A page that Vite builds: it runs the scenarios of `?url=URL&name=NAME&wanted=SCENARIO,...` in `window.outcomes`.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import SCENARIOS from "./scenarios.json";

const asked = new URLSearchParams(location.search);
const WANTED = asked.get("wanted").split(",");
const CITY_TOOL = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const TOOLS = { weather: ({ city }) => `rain in ${city}`, clock: ({ city }) => `noon in ${city}` };
const toolConfig = {
  tools: Object.keys(TOOLS).map((name) => ({ toolSpec: { name, inputSchema: { json: CITY_TOOL } } })),
};
// What a page adds to its requests.
const BODIES = { tools: { toolConfig }, truncation: { inferenceConfig: { maxTokens: SCENARIOS.truncation.limit } } };

const prompt = (scenario, member = "prompt") => `${SCENARIOS[scenario][member]} ${asked.get("name")}`;
const file = (mediaType, data) => [{ type: "file", mediaType, filename: "a", url: `data:${mediaType};base64,${data}` }];
const joined = (message, type) => (
  message?.parts.filter((part) => part.type === type).map((part) => part.text).join("") ?? ""
);
const until = async (holds) => {
  while (!holds()) await new Promise((resolve) => { setTimeout(resolve, 5); });
};

function Chat({ scenario, tell }) {
  const ended = useRef();
  const pieces = useRef([]);
  const chat = useChat({
    transport: new DefaultChatTransport({ api: `${asked.get("url")}/ui/chat`, body: BODIES[scenario] }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall: { toolName, toolCallId, input } }) {
      current.current.addToolOutput({ tool: toolName, toolCallId, output: TOOLS[toolName](input) });
    },
    onFinish: (how) => { ended.current = how; },
  });
  const current = useRef();
  current.current = chat;
  const shown = joined(chat.messages.at(-1), "text");
  useEffect(() => {
    const before = pieces.current.join("");
    if (chat.messages.at(-1)?.role === "assistant" && shown !== before) pieces.current.push(shown.slice(before.length));
  }, [shown]);
  useEffect(() => {
    const said = () => current.current.messages.at(-1);
    const send = async (text, files, whole = () => true) => {
      await current.current.sendMessage({ text, files });
      await until(() => current.current.error || (current.current.status === "ready" && whole()));
      if (current.current.error) throw current.current.error;
    };
    run(scenario, { chat: () => current.current, send, said, ended, pieces }).then(tell, (error) => tell({ error: {
      type: error.name,
      // the client does not keep it
      status: performance.getEntriesByType("resource").at(-1).responseStatus,
      message: error.message,
    } }));
  }, []);
  return <p id={scenario}>{shown}</p>;
}

async function run(scenario, { chat, send, said, ended, pieces }) {
  if (scenario === "image") await send(prompt(scenario), file("image/png", SCENARIOS.image.base64));
  else if (scenario === "pdf") await send(prompt(scenario), file("application/pdf", SCENARIOS.pdf.base64));
  else if (scenario === "tools") await send(prompt(scenario), undefined, () => joined(said(), "text"));
  else if (scenario === "stop") return stop(chat, send, said, ended);
  else if (scenario === "sources") await send(`Cite your sources ${asked.get("name")}`);
  // without a pause React renders several tokens at once
  else await send(`${prompt(scenario)}${scenario === "stream" ? " [[pace=50]]" : ""}`);
  if (scenario === "thinking") {
    const thinking = joined(said(), "reasoning");
    await send(prompt(scenario, "then"));
    return { thinking, text: joined(said(), "text") };
  }
  const { parts, metadata } = said();
  if (scenario === "sources") return { sources: parts.filter((part) => part.type.startsWith("source-")) };
  const calls = parts.filter((part) => part.type.startsWith("tool-")).map((part) => [part.type.slice(5), part.input]);
  const usage = metadata?.usage && [metadata.usage.inputTokens, metadata.usage.outputTokens];
  const text = joined(said(), "text");
  return { text, calls, usage, finish: ended.current.finishReason, pieces: pieces.current };
}

async function stop(chat, send, said, ended) {
  const sent = chat().sendMessage({ text: `[[say=One two three four.]] [[pace=1,1,600000]] ${asked.get("name")}` });
  await until(() => joined(said(), "text") === "One two ");
  await chat().stop();
  await sent;
  await until(() => chat().status === "ready");
  const { isAbort, isError } = ended.current;
  const text = joined(said(), "text");
  await send(prompt("text"));
  return { text, isAbort, isError, next: joined(said(), "text") };
}

function Page() {
  const [number, next] = useState(0);
  const scenario = WANTED[number];
  if (!scenario) return null;
  const tell = (outcome) => {
    window.outcomes[scenario] = outcome;
    next(number + 1);
  };
  return <Chat key={scenario} scenario={scenario} tell={tell} />;
}

window.outcomes = {};
createRoot(document.getElementById("root")).render(<Page />);
