/** Reads field names out of the generated declarations: types are gone when tests run, their text is not. */
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../src/protocol/index.ts", import.meta.url), "utf8");

/** The fields of a message's payload: all, and those that are always there. */
export function fields(event: string): { all: string[]; required: string[] } {
  const type = new RegExp(`"event_type": "${event}", "payload": (\\w+)`).exec(source)?.[1];
  if (!type) throw new Error(`no generated type for ${event}`);
  if (new RegExp(`export type ${type} = Record<string, never>`).test(source)) return { all: [], required: [] };
  const body = new RegExp(`export type ${type} = \\{\\n([\\s\\S]*?)\\n\\};`).exec(source)?.[1] ?? "";
  const found = [...body.matchAll(/^ {2}(\w+)(\?)?:/gm)];
  return { all: found.map(([, name]) => name ?? ""), required: found.filter(([, , optional]) => !optional).map(([, name]) => name ?? "") };
}
