// Prints what modules of clients that are written with zod ask for: path, parameters, schemas.
// Each function is called with stand-ins for its parameters and for the client.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...modules] = process.argv.slice(2);
const load = createRequire(resolve(folder, "package.json"));
const at = async (name) => import(pathToFileURL(resolve(folder, "node_modules", name)));
const { z } = await import(pathToFileURL(load.resolve("zod")));

// Whatever is asked of it, and however deep, it is written as the name of the last property.
const standIn = (name) =>
  new Proxy(function () {}, {
    get: (_, key) => {
      if (key === "then" || key === Symbol.iterator) return undefined;
      if (key === Symbol.toPrimitive || key === "toString" || key === "join") return () => `{${name}}`;
      return standIn(String(key));
    },
    apply: () => standIn(name),
  });

const operations = [];
for (const name of modules) {
  for (const [key, call] of Object.entries(await at(name))) {
    if (typeof call !== "function" || /^class/.test(String(call))) continue;
    let asked;
    try {
      await call({ sendRequest: async (config) => void (asked = config) }, standIn("all"));
    } catch {
      // It builds a form, or is no operation.
    }
    if (!asked?.url) continue;
    const options = { unrepresentable: "any", io: "input" };
    const reply = asked.schema ? z.toJSONSchema(asked.schema, options) : null;
    const query = Object.keys(asked.searchParams ?? {});
    operations.push({ name: key, method: asked.method, path: String(asked.url), query, reply });
  }
}
console.log(JSON.stringify(operations));
