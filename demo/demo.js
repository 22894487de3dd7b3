// The demo page: what it shows, and what happens when somebody uses it.

import { createConnection, inWords } from "./connection.js";
import { curl, joinGroup, leaveGroup, send, sendMessage } from "./function_app.js";

const MOST_MESSAGES = 200; // A page left open next to a busy hub stays light.
const DEFAULT_API = `${location.protocol}//${location.hostname}:7071/api`;
const STATES = { connecting: "Connecting…", connected: "Connected", reconnecting: "Reconnecting…", disconnected: "Disconnected" };
const RECIPIENTS = { user: "User", group: "Group", connection: "Connection id" };

const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
const query = new URLSearchParams(location.search);
const recipients = { user: "", group: "", connection: "" };
const joined = new Set();
let connection = null;

// ── Choices ─────────────────────────────────────────────────────────────────────────────────────────────────────
const hub = () => page.hub.value.trim();
const user = () => page.user.value.trim();
const api = () => page.api.value.trim();
const scope = () => document.querySelector("[name=scope]:checked").value;
const connectionId = () => (connection?.state === "Connected" ? connection.connectionId : null);

const otherUser = () => (user() === "bob" ? "alice" : "bob");

const addressOf = (name) => {
  const choices = { hub: hub(), user: name, ...(api() === DEFAULT_API ? {} : { api: api() }) };
  return `/?${new URLSearchParams(choices)}`;
};

// ── Connection ──────────────────────────────────────────────────────────────────────────────────────────────────
async function connect() {
  show("connecting");
  try {
    const fresh = await createConnection(api(), hub(), user(), addMessage);
    connection = fresh;
    fresh.onreconnecting((error) => show("reconnecting", error));
    fresh.onreconnected(rejoin);
    fresh.onclose((error) => show("disconnected", error));
    await fresh.start();
    history.replaceState(null, "", addressOf(user()));
    show("connected");
  } catch (error) {
    show("disconnected", error);
  }
}

/** A new connection belongs to no group: the service forgets a connection's groups together with the connection. */
async function rejoin() {
  for (const group of joined) await attempt(page["groups-problem"], () => changeGroup(joinGroup, group));
  show("connected");
}

function show(state, error) {
  const open = state !== "disconnected";
  page.state.dataset.state = state;
  page["state-name"].textContent = STATES[state];
  setText(page["state-detail"], connectionId() ?? (error ? inWords(error) : ""));
  document.title = open ? `${user() || "anonymous"} on ${hub()}` : "Negotiate and broadcast";
  page.connect.hidden = open;
  page.disconnect.hidden = !open;
  for (const input of [page.hub, page.user, page.api]) input.readOnly = open;
  if (!open) joined.clear();
  if (connectionId()) recipients.connection = connectionId();
  showGroups();
  showSend();
}

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────
const changeGroup = (operation, group) => send(api(), operation(hub(), group, connectionId()));

async function join(group) {
  await changeGroup(joinGroup, group);
  joined.add(group);
  recipients.group = group;
  page.group.value = "";
  showGroups();
  showSend();
}

async function leave(group) {
  await changeGroup(leaveGroup, group);
  joined.delete(group);
  showGroups();
  page.group.focus();
}

function showGroups() {
  page.join.disabled = !connectionId();
  page["groups-hint"].hidden = joined.size > 0;
  page.groups.replaceChildren(...[...joined].map((group) => {
    const button = element("button", { type: "button", className: "chip", title: `Leave ${group}` }, group);
    button.setAttribute("aria-label", `Leave group ${group}`);
    button.addEventListener("click", () => attempt(page["groups-problem"], () => leave(group)));
    return element("li", {}, button);
  }));
}

// ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────
function argumentsOf(text) {
  try {
    const value = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Not JSON: it is plain text.
  }
  return [text];
}

function currentRequest() {
  const message = { target: page.target.value.trim(), arguments: argumentsOf(page.message.value) };
  const excluded = page.exclude.checked && !page["exclude-label"].hidden ? connectionId() : null;
  return sendMessage(hub(), scope(), page.recipient.value.trim(), message, excluded);
}

async function sendCurrent() {
  page.sent.textContent = "";
  const status = await send(api(), currentRequest());
  page.sent.textContent = `Accepted (HTTP ${status}) at ${clock(new Date())}`;
  page.message.select();
}

function showSend() {
  const named = scope() in RECIPIENTS;
  page["recipient-label"].hidden = !named;
  page.recipient.required = named;
  page["recipient-name"].textContent = RECIPIENTS[scope()] ?? "";
  page.recipient.value = recipients[scope()] ?? "";
  page["exclude-label"].hidden = scope() === "user" || scope() === "connection";
  page.exclude.disabled = !connectionId();
  showCurl();
}

function showCurl() {
  page.curl.textContent = curl(api(), currentRequest());
  page["second-window"].href = addressOf(otherUser());
  page["second-window"].textContent = `Open a second window as ${otherUser()}`;
}

async function copyCurl() {
  try {
    await navigator.clipboard.writeText(page.curl.textContent);
    page.copy.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(page.curl);
    page.copy.textContent = "Selected";
  }
  setTimeout(() => (page.copy.textContent = "Copy"), 2000);
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
let received = 0;

function addMessage(message) {
  const now = new Date();
  page.messages.prepend(
    element("li", {},
      element("time", { dateTime: now.toISOString() }, clock(now)),
      element("span", { className: "target" }, message.target),
      ...pretty(message.arguments)),
  );
  if (page.messages.children.length > MOST_MESSAGES) page.messages.lastElementChild.remove();
  showCount(received + 1);
}

/** Texts as they are; anything else as JSON, one argument a line. */
const pretty = (values) =>
  values.every((value) => typeof value === "string")
    ? values.map((value) => element("p", {}, value))
    : [element("pre", {}, values.map(prettyJson).join("\n"))];

function prettyJson(value) {
  const lines = JSON.stringify(value, null, 2);
  const line = lines.replace(/\n\s*/g, " "); // A line break inside a string is written as \n, so none is lost.
  return line.length <= 60 ? line : lines;
}

function showCount(count) {
  received = count;
  page.count.textContent = String(count);
  page.clear.disabled = count === 0;
  page["messages-hint"].hidden = count > 0;
}

function clearMessages() {
  page.messages.replaceChildren();
  showCount(0);
}

// ── Small things ────────────────────────────────────────────────────────────────────────────────────────────────
const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function setText(where, text) {
  where.textContent = text;
  where.hidden = !text;
}

/** Do what needs a hub and a function app, and say what went wrong where it was asked for. */
async function attempt(problem, action) {
  setText(problem, "");
  if (!page["connect-form"].reportValidity()) return;
  try {
    await action();
  } catch (error) {
    setText(problem, error.message);
  }
}

function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
}

// ── Start ───────────────────────────────────────────────────────────────────────────────────────────────────────
page.hub.value = query.get("hub") ?? "chat";
page.user.value = query.get("user") ?? "alice";
page.api.value = query.get("api") ?? DEFAULT_API;
page.target.value = "newMessage";
page.message.value = "Hello";
recipients.user = otherUser();

onSubmit(page["connect-form"], connect);
onSubmit(page["join-form"], () => attempt(page["groups-problem"], () => join(page.group.value.trim())));
onSubmit(page["send-form"], () => attempt(page["send-problem"], sendCurrent));
page.disconnect.addEventListener("click", () => connection?.stop());
page.copy.addEventListener("click", copyCurl);
page.clear.addEventListener("click", clearMessages);
page.recipient.addEventListener("input", () => (recipients[scope()] = page.recipient.value));
for (const radio of document.querySelectorAll("[name=scope]")) radio.addEventListener("change", showSend);
document.addEventListener("input", showCurl);

show("disconnected");
if (query.has("user")) connect(); // The second window says in its address who it is.
