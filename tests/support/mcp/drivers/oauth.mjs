// Sign in and list the tools of a server with the TypeScript SDK, as a client that is registered already.
const [version, url, clientId, redirectUrl, token] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport } =
  version === "sdk"
    ? {
        ...(await import("@modelcontextprotocol/sdk/client/index.js")),
        ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
      }
    : await import("@modelcontextprotocol/client");

const seen = { error: null, tools: [], signed_in: 0 };
let tokens = token ? { access_token: token, token_type: "Bearer" } : undefined;
let verifier;
let back;
const authProvider = {
  redirectUrl,
  clientMetadata: { redirect_uris: [redirectUrl], token_endpoint_auth_method: "none" },
  clientInformation: () => ({ client_id: clientId }),
  tokens: () => tokens,
  saveTokens: (issued) => {
    tokens = issued;
  },
  saveCodeVerifier: (made) => {
    verifier = made;
  },
  codeVerifier: () => verifier,
  redirectToAuthorization: async (authorize) => {
    seen.signed_in += 1;
    const answer = await fetch(authorize, { redirect: "manual" });
    back = new URL(answer.headers.get("location")).searchParams;
  },
};

async function connected() {
  const client = new Client({ name: "test", version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!back) throw error;
    await transport.finishAuth(version === "sdk" ? back.get("code") : back.get("code"));
    back = undefined;
    return connected();
  }
  return client;
}

try {
  const client = await connected();
  seen.tools = (await client.listTools()).tools.map((it) => it.name);
  await client.close();
} catch (error) {
  seen.error = String(error);
}
console.log(JSON.stringify(seen));
