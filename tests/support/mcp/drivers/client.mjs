// Call a server with the newest TypeScript client.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const errors = [];
const progress = [];
const options = process.argv[3] === "auto" ? { versionNegotiation: { mode: "auto" } } : {};
const client = new Client({ name: "test", version: "1" }, options);
client.onerror = (error) => errors.push(String(error));
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await client.connect(transport);
const { tools } = await client.listTools();
const result = await client.callTool(
  { name: "count", arguments: { to: 3 } },
  { onprogress: (it) => progress.push(it.progress) },
);
await transport.terminateSession();
await client.close();
console.log(
  JSON.stringify({
    version: transport.protocolVersion ?? client.getNegotiatedProtocolVersion(),
    tools: tools.map((it) => it.name),
    progress,
    text: result.content[0].text,
    errors,
  }),
);
