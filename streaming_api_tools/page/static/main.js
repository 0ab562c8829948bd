// Joins the form, the exchange and what is shown of it.

import { Exchange, order } from "/exchange.js";
import { Figures } from "/figures.js";
import { FORMATS, messageOf } from "/formats.js";
import { Lag } from "/lag.js";
import { Picture } from "/picture.js";

const at = (id) => document.getElementById(id);
const STATES = {
  complete: "The answer is complete",
  stopped: "Stopped",
  truncated: "The answer is not whole",
  failed: "Failed",
  left: "Stopped; the answer goes on, and is kept for a while",
  cancelled: "Cancelled",
};
/** The answer that is shown, and what ends its connection while there is one. */
let shown;
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

/** Returns what makes a path of the API a request, as the form says now. */
function wayOf(settings) {
  if (at("way").value === "relay") return (path) => ({ url: `/relay/${path}`, headers: own });
  const headers = at("bearer").value ? { Authorization: `Bearer ${at("bearer").value}` } : {};
  return (path) => ({ url: settings.stage + path, headers });
}

function withBody(request, body) {
  return { ...request, headers: { ...request.headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Asks the page's own server. */
async function asked(path, body) {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const response = await fetch(path, { headers: own, ...options });
  const answer = await response.json();
  if (!response.ok) throw new Error(messageOf(answer));
  return answer;
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

/** Turns a button off; the focus must not stay on it. */
function turnOff(button, next) {
  if (document.activeElement === button) next.focus();
  button.disabled = true;
}

function busy(on) {
  const [next, last] = on ? [at("stop"), at("send")] : [at("send"), at("stop")];
  at("answer").setAttribute("aria-busy", on);
  next.disabled = false;
  turnOff(last, next);
}

/** Offers what can be done with an answer that the API keeps. */
function offer() {
  const next = running ? at("stop") : at("send");
  for (const [id, off] of [["reconnect", running || shown.over], ["cancel", shown.over || shown.cancelled]]) {
    at(id).hidden = !shown.exchange.streamId;
    if (off) turnOff(at(id), next);
    else at(id).disabled = false;
  }
}

class Shown {
  over = false;
  cancelled = false;
  reads = [];

  constructor(settings, format, way) {
    this.format = format;
    this.way = way;
    this.figures = new Figures(performance.now(), settings.prices);
    this.picture = new Picture(at("picture"), at("span"));
    this.exchange = new Exchange(format, this);
    at("answer").replaceChildren();
    at("verdict").hidden = true;
  }

  head(response) {
    this.figures.head(performance.now(), response);
    if (this.exchange.position && response.ok) this.#seam();
    show(this.figures);
    offer();
  }

  arrival(hasText, piece) {
    const when = this.figures.arrival(performance.now());
    this.reads.push([when, piece]);
    this.picture.tick(when, hasText);
    say("The answer is arriving");
    show(this.figures);
  }

  text(piece) {
    this.figures.text();
    at("answer").append(piece);
    show(this.figures);
  }

  tokens(count) {
    this.figures.tokens = count;
  }

  input(count) {
    this.figures.input = count;
  }

  #seam() {
    this.picture.seam(this.figures.reconnect(performance.now()));
    const seam = document.createElement("span");
    seam.className = "seam";
    seam.setAttribute("role", "img");
    seam.setAttribute("aria-label", "another connection goes on here");
    at("answer").append(seam);
  }
}

async function run(request, challenge) {
  const lag = new Lag();
  busy(true);
  offer();
  const outcome = await shown.exchange.run(request, running.signal);
  const late = lag.end();
  const { figures } = shown;
  figures.end(performance.now());
  running = undefined;
  at("answer").normalize();
  show(figures);
  shown.picture.describe(figures.sentence());
  shown.over = outcome.state === "complete" || Boolean(outcome.final);
  busy(false);
  offer();
  conclude(outcome);
  if (challenge && outcome.state !== "stopped" && figures.status === 200) await judge(challenge, outcome, late);
}

function conclude({ state, message }) {
  if (shown.cancelled && state !== "complete") {
    shown.over = true;
    offer();
    return say(STATES.cancelled);
  }
  say(STATES[state === "stopped" && shown.exchange.streamId ? "left" : state], message);
}

/** Shows the verdict of the smoke tester's classifier, which the page's server has. */
async function judge(challenge, { message, cut }, late) {
  const judging = shown;
  const { figures, reads, format } = judging;
  const report = {
    gaps_ms: challenge.gaps_ms,
    status: figures.status,
    type: format.type,
    head_ms: figures.headers,
    reads,
    end_ms: figures.total,
    ending: cut ? "cut" : "closed",
    detail: message ?? "",
    lag_ms: late,
  };
  const judged = await asked("/verdict", report).catch((error) => ({
    word: "undecided",
    verdict: "no verdict",
    evidence: [error.message],
  }));
  // another answer may be there by now
  if (shown !== judging) return;
  at("word").textContent = judged.word;
  at("word").className = { streamed: "good", undecided: "" }[judged.word] ?? "bad";
  at("evidence").textContent = `${judged.verdict}: ${judged.evidence.join("; ")}`;
  at("verdict").hidden = false;
}

async function send(settings) {
  const format = FORMATS[at("format").value];
  const route = at("route").value.replace(/^\/+/, "");
  running = new AbortController();
  let challenge;
  try {
    challenge = format.judged ? await asked("/challenge") : undefined;
  } catch (error) {
    running = undefined;
    return say(STATES.failed, error.message);
  }
  shown = new Shown(settings, format, wayOf(settings));
  say("Sent; nothing has arrived");
  show(shown.figures);
  await run(withBody(shown.way(route), challenge ?? format.body(at("prompt").value)), challenge);
}

async function reconnect() {
  const { streamId, position } = shown.exchange;
  running = new AbortController();
  at("verdict").hidden = true;
  say("Coming back for the rest");
  await run({ ...shown.way(`streams/${streamId}?after=${position}`), method: "GET" });
}

async function cancel() {
  const cancelled = shown;
  const failed = await order(cancelled.way(`streams/${cancelled.exchange.streamId}/cancel`));
  if (failed) return say(at("state").textContent, `not cancelled: ${failed}`);
  cancelled.cancelled = true;
  if (shown !== cancelled) return;
  offer();
  if (!running) conclude({ state: "stopped" });
}

async function start() {
  let settings;
  try {
    settings = await asked("/settings");
  } catch (error) {
    return say("", error.message);
  }
  const signed = settings.signed ? "requests through the page's server are signed" : "requests are not signed";
  at("target").textContent = `${settings.stage} – ${signed}`;
  for (const [name, { label }] of Object.entries(FORMATS)) at("format").append(new Option(label, name));
  setRoute(settings);
  setWay();
  show(new Figures(0));
  at("format").addEventListener("change", () => {
    setRoute(settings);
    at("prompt").disabled = Boolean(FORMATS[at("format").value].judged);
  });
  at("way").addEventListener("change", setWay);
  at("stop").addEventListener("click", () => running?.abort());
  at("reconnect").addEventListener("click", reconnect);
  at("cancel").addEventListener("click", cancel);
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
