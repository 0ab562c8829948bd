// Read a run with AG-UI's own client: a line for each event when it comes, and the conversation at the end.
import { HttpAgent } from "@ag-ui/client";

const agent = new HttpAgent({ url: process.argv[2], threadId: "thread-1" });
agent.messages = [{ id: "message-1", role: "user", content: "How is the weather in Oslo?" }];
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
try {
  await agent.runAgent({ runId: "run-1" }, { onEvent: ({ event }) => tell(event) });
  tell({ messages: agent.messages });
} catch (error) {
  tell({ failed: String(error) });
}
