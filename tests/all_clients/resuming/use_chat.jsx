// A page that keeps what a server would: what the user has said, and answers that are whole.
import { Chat, useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";

const asked = new URLSearchParams(location.search);
const ID = asked.get("chat");
const keep = (messages) => sessionStorage.setItem(ID, JSON.stringify(messages));

// The id of the stream, with which the page cancels.
const noting = async (...request) => {
  const response = await fetch(...request);
  window.streamId = response.headers.get("x-stream-id") ?? window.streamId;
  return response;
};

const options = {
  id: ID,
  messages: JSON.parse(sessionStorage.getItem(ID) ?? "[]"),
  transport: new DefaultChatTransport({ api: `${asked.get("url")}/ui/chat`, fetch: noting }),
  onFinish: ({ messages, isAbort, isDisconnect, isError }) => {
    window.ended.push({ isAbort, isDisconnect, isError });
    if (!isError) keep(messages);
  },
};
// `?own`: a chat that the page makes itself
const given = asked.has("own") ? { chat: new Chat(options) } : options;

function Page() {
  const chat = useChat({ ...given, resume: true });
  window.chat = chat;
  useEffect(() => {
    if (chat.messages.at(-1)?.role === "user") keep(chat.messages);
  }, [chat.messages]);
  return <p>{chat.status}</p>;
}

window.ended = [];
window.said = () => window.chat.messages.map(({ role, parts }) => (
  [role, parts.filter((part) => part.type === "text").map((part) => part.text).join("|")]
));
createRoot(document.getElementById("root")).render(<Page />);
