import { describe, expect, it } from "vitest";
import type { GetChildrenResult, PrimRow } from "../src/protocol";
import { above, asked, clicked, EMPTY, fresh, heard, lines, PAGE, ROOT, toggled, towards, wish, type Tree } from "../src/core/tree";

const row = (path: string, children = false): PrimRow => ({ name: path.slice(path.lastIndexOf("/") + 1), path, type: "Xform", class: "xform", children, active: true, visible: true });
const result = (prim_path: string, children: PrimRow[], { offset = 0, total = children.length, stage_generation = 1 } = {}): GetChildrenResult => ({ prim_path, offset, children, total, stage_generation });
const shown = (tree: Tree) => lines(tree).map((line) => (line.kind === "gap" ? `${"  ".repeat(line.depth)}…${line.place}` : `${"  ".repeat(line.depth)}${line.row.name}`));
const small = heard(heard(fresh(1), result(ROOT, [row("/World", true), row("/Looks")])), result("/World", [row("/World/a"), row("/World/b", true)]));

describe("the tree", () => {
  it("shows what is open, in the stage's order", () => {
    expect(shown(small)).toEqual(["World", "Looks"]);
    expect(shown(toggled(small, "/World", true))).toEqual(["World", "  a", "  b", "Looks"]);
    expect(shown(toggled(toggled(small, "/World", true), "/World", false))).toEqual(["World", "Looks"]);
    expect(lines(EMPTY)).toEqual([]);
  });

  it("knows how many there are before it knows who, and takes pages in any order", () => {
    const many = (from: number, count: number) => Array.from({ length: count }, (_, n) => row(`/${from + n}`));
    let tree = heard(fresh(1), result(ROOT, many(0, 2), { total: 5 }));
    expect(shown(tree)).toEqual(["0", "1", "…2", "…3", "…4"]);
    tree = heard(tree, result(ROOT, many(4, 1), { offset: 4, total: 5 }));
    expect(shown(tree)).toEqual(["0", "1", "…2", "…3", "4"]);
    expect(shown(heard(tree, result(ROOT, many(2, 2), { offset: 2, total: 5 })))).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("takes nothing of another stage", () => {
    expect(heard(small, result(ROOT, [], { stage_generation: 2 }))).toBe(small);
  });

  it("asks once for each page, and on from where an answer was cut", () => {
    expect(wish(fresh(1), ROOT)).toEqual({ path: ROOT, offset: 0 });
    let tree = asked(fresh(1), { path: ROOT, offset: 0 });
    expect(wish(tree, ROOT)).toBeNull();
    const rows = Array.from({ length: 120 }, (_, n) => row(`/${n}`));
    tree = heard(tree, result(ROOT, rows, { total: 1000 }));
    expect(wish(tree, ROOT, 7)).toBeNull();
    expect(wish(tree, ROOT, 150)).toEqual({ path: ROOT, offset: 120 });
    expect(wish(tree, ROOT, 3 * PAGE + 50)).toEqual({ path: ROOT, offset: 3 * PAGE });
    expect(wish(asked(tree, { path: ROOT, offset: 3 * PAGE }), ROOT, 3 * PAGE + 9)).toBeNull();
    expect(wish(heard(fresh(1), result("/leaf", [])), "/leaf")).toBeNull();
  });

  it("finds the way to a prim that it has not heard of", () => {
    expect(above("/World/b/c")).toEqual(["/World", "/World/b"]);
    const answers: Record<string, PrimRow[]> = { "/": [row("/World", true)], "/World": Array.from({ length: 500 }, (_, n) => row(`/World/${n}`, true)), "/World/499": [row("/World/499/x")] };
    let tree = fresh(1);
    const asks: string[] = [];
    expect(towards(asked(tree, { path: ROOT, offset: 0 }), "/World")).toBe("wait");
    for (let next = towards(tree, "/World/499/x"); next !== null && next !== "wait"; next = towards(tree, "/World/499/x")) {
      asks.push(`${next.path}+${next.offset}`);
      const all = answers[next.path] ?? [];
      tree = heard(asked(tree, next), result(next.path, all.slice(next.offset, next.offset + PAGE), { offset: next.offset, total: all.length }));
    }
    expect(asks).toEqual(["/+0", "/World+0", "/World+200", "/World+400", "/World/499+0"]);
    expect(towards(small, "/World/nobody")).toBeNull();
  });
});

describe("a click", () => {
  const all = lines(toggled(small, "/World", true));
  it("selects one, toggles one, or all between two", () => {
    expect(clicked(all, ["/Looks"], "/World/a", "replace")).toEqual(["/World/a"]);
    expect(clicked(all, ["/Looks"], "/World/a", "toggle")).toEqual(["/Looks", "/World/a"]);
    expect(clicked(all, ["/Looks", "/World/a"], "/World/a", "toggle")).toEqual(["/Looks"]);
    expect(clicked(all, ["/World/a"], "/Looks", "range")).toEqual(["/World/b", "/Looks", "/World/a"]);
    expect(clicked(all, ["/World/b", "/Looks", "/World/a"], "/World", "range")).toEqual(["/World", "/World/a"]);
    expect(clicked(all, [], "/Looks", "range")).toEqual(["/Looks"]);
  });
});
