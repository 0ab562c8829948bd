// Joins the form, the exchange and what is shown of it.

import { exchange } from "/exchange.js";
import { Figures } from "/figures.js";
import { FORMATS, messageOf } from "/formats.js";
import { Picture } from "/picture.js";

const at = (id) => document.getElementById(id);
const STATES = {
  complete: "The answer is complete",
  stopped: "Stopped",
  truncated: "The answer is not whole",
  failed: "Failed",
};
let running;

/** The secret of the link, kept for a reload of this tab and taken out of the address. */
function tokenOfTheLink() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("token") ?? "";
}

const token = tokenOfTheLink();
const own = { "X-Streaming-Api-Token": token };

function say(state, error) {
  at("state").textContent = state;
  at("error").textContent = error ?? "";
  at("error").hidden = !error;
}

function setRoute(settings) {
  const { route, query } = FORMATS[at("format").value];
  at("route").value = (route ?? settings.route) + (query ?? "");
}

function setWay() {
  at("bearer-field").hidden = at("way").value !== "direct";
}

function request(settings) {
  const format = FORMATS[at("format").value];
  const route = at("route").value.replace(/^\/+/, "");
  const body = JSON.stringify(format.body(at("prompt").value));
  const headers = { "Content-Type": "application/json" };
  if (at("way").value === "relay") {
    return { url: `/relay/${route}`, headers: { ...headers, ...own }, body };
  }
  if (at("bearer").value) headers.Authorization = `Bearer ${at("bearer").value}`;
  return { url: settings.stage + route, headers, body };
}

function show(figures) {
  const rows = figures.rows().map(([name, value]) => {
    const row = document.createElement("div");
    for (const [tag, text] of [["dt", name], ["dd", value]]) {
      const cell = document.createElement(tag);
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  });
  at("figures").replaceChildren(...rows);
}

function busy(on) {
  const [next, last] = on ? [at("stop"), at("send")] : [at("send"), at("stop")];
  at("answer").setAttribute("aria-busy", on);
  next.disabled = false;
  // the focus must not stay on a button that is off
  if (document.activeElement === last) next.focus();
  last.disabled = true;
}

async function send(settings) {
  const answer = at("answer");
  const figures = new Figures(performance.now(), settings.prices);
  const picture = new Picture(at("picture"), at("span"));
  running = new AbortController();
  answer.replaceChildren();
  say("Sent; nothing has arrived");
  show(figures);
  busy(true);
  const outcome = await exchange(request(settings), FORMATS[at("format").value], running.signal, {
    head(response) {
      figures.head(performance.now(), response);
      show(figures);
    },
    arrival(hasText) {
      picture.tick(figures.arrival(performance.now()), hasText);
      if (figures.arrivals === 1) say("The answer is arriving");
      show(figures);
    },
    text(piece) {
      figures.text();
      answer.append(piece);
      show(figures);
    },
    tokens(count) {
      figures.tokens = count;
    },
    input(count) {
      figures.input = count;
    },
  });
  figures.end(performance.now());
  running = undefined;
  answer.normalize();
  show(figures);
  picture.describe(figures.sentence());
  busy(false);
  say(STATES[outcome.state], outcome.message);
}

async function start() {
  const response = await fetch("/settings", { headers: own });
  const settings = await response.json();
  if (!response.ok) return say("", messageOf(settings));
  const signed = settings.signed ? "requests through the page's server are signed" : "requests are not signed";
  at("target").textContent = `${settings.stage} – ${signed}`;
  for (const [name, { label }] of Object.entries(FORMATS)) at("format").append(new Option(label, name));
  setRoute(settings);
  setWay();
  show(new Figures(0));
  at("format").addEventListener("change", () => setRoute(settings));
  at("way").addEventListener("change", setWay);
  at("stop").addEventListener("click", () => running?.abort());
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!running) send(settings);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") running?.abort();
    if (event.key === "Enter" && event.ctrlKey && !running) at("form").requestSubmit();
  });
  at("send").disabled = false;
  say("Ready");
  at("prompt").focus();
}

start();
