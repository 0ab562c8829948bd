// Asks in HTTP/2 with Node's own client; prints a line of JSON for each thing that comes.
import { connect } from "node:http2";

const [url, path, body] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const session = connect(url);
const request = session.request({ ":method": "POST", ":path": path });
request.setEncoding("utf8");
request.on("response", (headers) => say(headers));
request.on("data", (chunk) => say(chunk));
request.on("end", () => { say("end"); session.close(); });
request.end(body);
