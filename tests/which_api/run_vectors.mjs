// node run_vectors.mjs VECTORS: run the scripts that a page loads, as the page does, and
// compare what they say with what Python wrote down (vectors.py).
import assert from "node:assert/strict";
import { openSync, readFileSync, readSync, statSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const { scripts, vectors } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const path of scripts) {
  vm.runInThisContext(readFileSync(path, "utf8"), { filename: path });
}
const { WhichApiDiagram, WhichApiFile, WhichApiGraph, WhichApiJudge, WhichApiSentences } =
  vm.runInThisContext(
    "({ WhichApiDiagram, WhichApiFile, WhichApiGraph, WhichApiJudge, WhichApiSentences })",
  );

// What a page uses of a file. The Blob that node makes of one ends at 4 GB.
function fileAt(path) {
  const from = openSync(path);
  const { size } = statSync(path);
  const slice = (start, end) => {
    const bytes = Buffer.alloc(end - start);
    return new Blob([bytes.subarray(0, readSync(from, bytes, 0, end - start, start))]);
  };
  return { size, slice, arrayBuffer: () => slice(0, size).arrayBuffer() };
}

async function textOf({ text, bytes, path }) {
  if (text !== undefined) return text;
  const file = path ? fileAt(path) : new Blob([Buffer.from(bytes, "base64")]);
  const [found] = await WhichApiFile.readText(file);
  return found;
}

async function said(vector) {
  try {
    const found = WhichApiGraph.finish(WhichApiJudge.judged(await textOf(vector)));
    const { name, now, answer, drawn } = found;
    if (drawn) assertReadable(WhichApiDiagram.svgOf(drawn, "x"), drawn);
    return { name, now, verdict: answer, picture: drawn && shown(drawn) };
  } catch (error) {
    if (!(error instanceof WhichApiSentences.ConfigError)) throw error;
    return { refused: error.message, cure: error.cure };
  }
}

// What a picture shows, without its coordinates.
function shown({ title, caption, words, rows, boxes, arrows, marked }) {
  return {
    title,
    caption,
    words,
    rows: rows.map((row) => row.length),
    boxes: [...boxes].map(([call, { row, place, lines }]) => [
      ...[row, place, lines, marked.has(call)],
    ]),
    arrows: arrows.map(([edge, way]) => [
      way.map(({ row, place }) => [row, place]),
      marked.has(edge),
    ]),
  };
}

const numbers = (text, pattern) =>
  [...text.matchAll(pattern)].map((found) => found.slice(1).map(Number));

// Boxes stand apart and inside of the picture; arrows lead from the lower edge of one box
// to the upper edge of another; texts stand inside of their boxes, and hold no tags.
function assertReadable(svg, { boxes, arrows }) {
  const [[width, height]] = numbers(svg, /viewBox="0 0 (\d+) (\d+)"/g);
  const rects = numbers(
    svg,
    /<rect [^<>]* x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="(\d+)"\/>/g,
  );
  assert.equal(rects.length, boxes.size);
  const sorted = [...rects].sort((a, b) => a[0] - b[0]);
  for (const [index, [x, y, wide, tall]] of sorted.entries()) {
    assert.ok(x >= 0 && y >= 0 && x + wide <= width + 0.5 && y + tall <= height, "outside");
    for (const other of sorted.slice(index + 1, index + 20)) {
      const apart = x + wide <= other[0] || y + tall <= other[1] || other[1] + other[3] <= y;
      assert.ok(apart, "boxes overlap");
    }
  }
  const paths = numbers(svg, / d="M([-\d.]+) ([\d.]+)[^"]* ([-\d.]+) ([\d.]+)"\/>/g);
  assert.equal(paths.length, arrows.length);
  const near = (a, b) => Math.abs(a - b) < 0.2;
  const ends = new Set(rects.map(([x, , wide]) => Math.round(x + wide / 2)));
  const isEnd = (x) => [-1, 0, 1].some((off) => ends.has(Math.round(x) + off));
  for (const [x1, y1, x2, y2] of paths) {
    assert.ok(isEnd(x1) && isEnd(x2) && y1 < y2, "an arrow misses its box");
  }
  const texts = numbers(svg, /<text[^<>]* x="([-\d.]+)" y="([-\d.]+)">[^<>]*<\/text>/g);
  assert.equal(texts.length, [...boxes.values()].flatMap((box) => box.lines).length);
  for (const [x, y] of texts.slice(0, 500)) {
    const inside = ([left, top, wide, tall]) =>
      near(x, left + wide / 2) && top < y && y < top + tall;
    assert.ok(rects.some(inside), "a text misses its box");
  }
  assert.doesNotMatch(svg, /<(?!\/?(?:svg|title|desc|defs|marker|path|rect|text)\b)/);
}

test("the scripts say what Python says", async () => {
  for (const vector of vectors) {
    const { wanted, cure } = vector;
    const found = await said(vector);
    const about = (vector.text ?? vector.path ?? atob(vector.bytes)).slice(0, 300);
    if (wanted.refused !== undefined) {
      assert.ok(found.refused !== undefined, `not refused: ${about}`);
      const start = found.refused.slice(0, wanted.refused.length);
      assert.equal(start, wanted.refused, about);
      assert.ok(found.cure && found.cure.includes(cure ?? ""), `no cure: ${about}`);
    } else {
      assert.deepEqual(found, wanted, about);
    }
  }
  console.log(`compared ${vectors.length}`);
});
