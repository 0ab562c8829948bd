// A page with the client in its default settings, which repeats a request that broke off.
import { fetchEventSource } from "@microsoft/fetch-event-source";

window.begin = (url, body) => {
  window.seen = [];
  window.outcome = undefined;
  const request = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    onmessage: ({ id, event, data }) => seen.push([id, event, data]),
  };
  fetchEventSource(url, request).then(() => { window.outcome = "ended"; }, (error) => { window.outcome = `${error}`; });
};
