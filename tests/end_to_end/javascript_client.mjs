// The official SignalR client in Node, driven by JSON lines: commands come on stdin, what happens goes to stdout.

import { createInterface } from "node:readline";
import * as signalR from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";
import { hubClient } from "./hub_client.mjs";

const command = hubClient(signalR, MessagePackHubProtocol, (line) => process.stdout.write(`${line}\n`));

for await (const line of createInterface({ input: process.stdin })) command(line);
await command('{"command": "stop"}');
