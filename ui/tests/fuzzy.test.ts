// Finding by a few letters.
import { expect, it } from "vitest";
import { fit, rank } from "../src/core/fuzzy";

/** Titles that fit, the best first. */
const order = (query: string, titles: string[]): string[] =>
  titles
    .map((title) => ({ title, score: rank(query, title)?.score ?? null }))
    .filter((row): row is { title: string; score: number } => row.score !== null)
    .sort((a, b) => b.score - a.score)
    .map(({ title }) => title);

const TITLES = ["Frame selected", "Frame all", "Cameras", "Leave the camera", "Look through /World/Cam", "Clear the selection", "Copy the path of the selection", "Take control"];

it("the beginning of a title comes before the middle, a word's beginning before its inside", () => {
  expect(order("cam", TITLES)).toEqual(["Cameras", "Leave the camera", "Look through /World/Cam"]);
  expect(order("lect", ["Select", "Lecture"])).toEqual(["Lecture", "Select"]);
});

it("beginnings of words are enough", () => {
  expect(order("fs", TITLES)).toEqual(["Frame selected", "Copy the path of the selection"]);
  expect(order("fa", TITLES)[0]).toBe("Frame all");
  expect(order("ltwc", TITLES)).toEqual(["Look through /World/Cam"]);
  expect(order("gp", ["GroundPlane", "Group"])[0]).toBe("GroundPlane");
});

it("a letter left out within a word is forgiven", () => {
  expect(order("cmra", TITLES)).toContain("Cameras");
  expect(order("slct", TITLES)).toContain("Frame selected");
});

it("letters strewn over a sentence find nothing, nor do letters in another order", () => {
  expect(fit("rtl", "Frame selected")).toBeNull();
  expect(fit("oyh", "Copy the path of the selection")).toBeNull();
  expect(fit("emarf", "Frame")).toBeNull();
  expect(fit("frames", "Frame")).toBeNull();
});

it("words may come in any order, and all of them must fit", () => {
  expect(order("selected frame", TITLES)).toEqual(["Frame selected"]);
  expect(order("frame nothing", TITLES)).toEqual([]);
});

it("what stands beside the title finds too, and counts less", () => {
  expect(rank("fit", "Frame all", "Camera", "fit zoom extents")).toMatchObject({ marks: [] });
  const beside = rank("camera", "Frame all", "Camera");
  const own = rank("camera", "Cameras", "Panels");
  expect(beside?.score).toBeLessThan(own?.score ?? 0);
  expect(rank("frame camera", "Frame all", "Camera")).toMatchObject({ marks: [0, 1, 2, 3, 4] });
});

it("the letters that fitted are marked", () => {
  expect(fit("fs", "Frame selected")?.marks).toEqual([0, 6]);
  expect(rank("sel fra", "Frame selected")?.marks).toEqual([0, 1, 2, 6, 7, 8]);
  expect(fit("カメ", "メインカメラ")?.marks).toEqual([3, 4]);
});

it("nothing typed fits everything alike, the shorter first", () => {
  expect(rank("", "Frame all")?.marks).toEqual([]);
  expect(rank("  ", "Frame all")?.score).toBeGreaterThan(rank("  ", "Frame selected")?.score ?? 0);
});
