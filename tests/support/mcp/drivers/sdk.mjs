// Call a server with the first major version of the TypeScript SDK.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const errors = [];
const progress = [];
const client = new Client({ name: "test", version: "1" });
client.onerror = (error) => errors.push(String(error));
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]));
await client.connect(transport);
const { tools } = await client.listTools();
const result = await client.callTool({ name: "count", arguments: { to: 3 } }, undefined, {
  onprogress: (it) => progress.push(it.progress),
});
await transport.terminateSession();
await client.close();
console.log(
  JSON.stringify({
    version: transport.protocolVersion,
    tools: tools.map((it) => it.name),
    progress,
    text: result.content[0].text,
    errors,
  }),
);
