// The client's half of useChat: its transport and its reader, as they are in the package.
import { DefaultChatTransport, readUIMessageStream } from "ai";
import { run } from "./scenarios.mjs";

const [, , url, name] = process.argv;
const transport = new DefaultChatTransport({ api: `${url}/ui/chat` });

await run(async (prompt) => {
  const messages = [{ id: "m", role: "user", parts: [{ type: "text", text: prompt }] }];
  const stream = await transport.sendMessages({ chatId: "c", messages, trigger: "submit-message" });
  let failure = null;
  let finish = null;
  const watched = stream.pipeThrough(new TransformStream({
    transform(part, controller) {
      if (part.type === "error") failure = part.errorText;
      if (part.type === "finish") finish = part.finishReason ?? null;
      controller.enqueue(part);
    },
  }));
  let message;
  for await (message of readUIMessageStream({ stream: watched, onError: () => {} })) { /* the last counts */ }
  if (failure !== null) throw new Error(failure);
  const texts = (type) => message.parts.filter((part) => part.type === type).map((part) => part.text).join("");
  return {
    text: texts("text"), reasoning: texts("reasoning") || null,
    tools: message.parts.filter((part) => part.type.startsWith("tool-"))
      .map((part) => [part.type.slice(5), JSON.stringify(part.input)]),
    finish, usage: [message.metadata.usage.inputTokens, message.metadata.usage.outputTokens],
  };
}, name, ["stream"]);
