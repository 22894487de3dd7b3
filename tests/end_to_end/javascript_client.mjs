// One official SignalR client, driven by JSON lines: commands come on stdin, what happens goes to stdout.

import { createInterface } from "node:readline";
import * as signalR from "@microsoft/signalr";

let connection;

const tell = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
const text = (error) => error?.message ?? null;

const COMMANDS = {
  // `reconnectDelays` (milliseconds) switches automatic reconnect on; `accessToken` skips the negotiate function.
  async connect({ url, accessToken, targets, reconnectDelays }) {
    const builder = new signalR.HubConnectionBuilder()
      .withUrl(url, accessToken ? { accessTokenFactory: () => accessToken } : {})
      .configureLogging(signalR.LogLevel.None);
    if (reconnectDelays) builder.withAutomaticReconnect(reconnectDelays);
    connection = builder.build();
    for (const target of targets) connection.on(target, (...values) => tell("message", { target, arguments: values }));
    connection.onreconnecting((error) => tell("reconnecting", { error: text(error) }));
    connection.onreconnected((connectionId) => tell("reconnected", { connectionId }));
    connection.onclose((error) => tell("closed", { error: text(error) }));
    await connection.start();
    tell("connected", { connectionId: connection.connectionId });
  },
  async send({ target, values }) {
    await connection.send(target, ...values);
    tell("sent");
  },
  async invoke({ target, values }) {
    tell("result", { result: await connection.invoke(target, ...values) });
  },
  async stop() {
    await connection.stop();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  // Not awaited: a command that hangs must not keep the next from being heard.
  COMMANDS[command](parameters).catch((error) => tell("failed", { command, error: text(error) }));
}
await connection?.stop();
