export { Client } from "./client.js";
export { Connection } from "./connection.js";
export { MemoryCursors } from "./cursors.js";
export { Emitter } from "./emitter.js";
export { randomId } from "./identify.js";
export { Outbox } from "./outbox.js";
export { Problem, Unclear, isTransient } from "./problem.js";
