"use strict";
/* Numbers in a drawing: the best path through the candidates of segmentation.js, each scored by the
   network and by its shape, as mnist8k.numbers in Python. */

(() => {
const {forward, toMnist, labelComponents, findParts, groupLines, findCandidates,
       noDigitScore} = globalThis.mnist8k;
const maxParts = 5000;

// The sum of the paths from the start to each piece, as logarithms; steps are sorted by their end
function sumsOfPaths(steps, pieces) {
  const sums = Array(pieces + 1).fill(-Infinity);
  sums[0] = 0;
  for (const {start, end, score} of steps) {
    const [a, b] = [sums[end], sums[start] + score], highest = Math.max(a, b);
    sums[end] = highest === -Infinity ? highest
      : highest + Math.log1p(Math.exp(Math.min(a, b) - highest));
  }
  return sums;
}

// How probable each candidate of a line is
function pathMarginals(candidates, scores, pieces) {
  const steps = candidates.map(({first, end}, index) =>
    ({start: first, end, score: scores[index]}));
  const turned = steps.map(({start, end, score}) =>
    ({start: pieces - end, end: pieces - start, score}));
  const [forwards, backwards] = [steps, turned].map((way) =>
    sumsOfPaths(way.toSorted((a, b) => a.end - b.end), pieces));
  return steps.map(({start, end, score}) =>
    Math.exp(forwards[start] + score + backwards[pieces - end] - forwards[pieces]));
}

// The numbers of the candidates on the path with the greatest sum; null where none leads to the end
function bestPath(candidates, scores, pieces) {
  const best = Array(pieces + 1).fill(-Infinity), back = [];
  best[0] = 0;
  const order = candidates.map((_, index) => index);
  for (const index of order.sort((a, b) => candidates[a].end - candidates[b].end)) {
    const {first, end} = candidates[index], score = best[first] + scores[index];
    if (score > best[end]) [best[end], back[end]] = [score, index];
  }
  const path = [];
  for (let end = pieces; end; end = candidates[path[0]].first) {
    if (back[end] === undefined) return null;
    path.unshift(back[end]);
  }
  return path;
}

// The score of a candidate from its features by name
function score({geometry}, {energy, logProbabilities}, weights) {
  const surprise = Math.min(-Math.max(...logProbabilities), 9);
  const features = {one: 1, surprise, energy: energy / 10, ...geometry};
  return Object.entries(weights).reduce((sum, [name, weight]) => sum + weight * features[name], 0);
}

// The number of connected components of an image with more than a fifth of the ink each
function countComponents(image) {
  const inks = [];
  labelComponents(image, 28, 28).forEach((label, pixel) => {
    if (label) inks[label] = (inks[label] ?? 0) + image[pixel];
  });
  const total = inks.reduce((sum, ink) => sum + ink, 0);
  return inks.filter((ink) => ink > total / 5).length;
}

// Why not to trust a digit, in Python's words: an empty list where there is no reason
function doubts(image, refused, probabilities, sure, height) {
  const percent = (share) => `${Math.round(100 * share)} %`, reasons = [];
  const [[first], [second, digit]] = probabilities.map((p, digit) => [p, digit])
    .sort((a, b) => b[0] - a[0]);
  if (countComponents(image) > 1) reasons.push("more than one digit" + (refused ? " or none" : ""));
  else if (refused) reasons.push("no digit");
  if (first < .7) reasons.push(`unsure, maybe ${digit} (${percent(second)})`);
  if (sure < .7) reasons.push(`unsure where it begins and ends (${percent(sure)})`);
  if (height < .45) reasons.push("much smaller than its line, maybe no digit");
  return reasons;
}

// The digits of one line
function readLine(line, network, weights, rejection) {
  for (const cut of [true, false]) {
    const {pieces, candidates} = findCandidates(line, cut);
    const images = candidates.map(({part}) => toMnist(part.ink, part.width, part.height));
    const results = images.map((image) => forward(network, image));
    const scores = candidates.map((one, index) => score(one, results[index], weights));
    const path = bestPath(candidates, scores, pieces.length);
    if (!path) continue;
    const marginals = pathMarginals(candidates, scores, pieces.length);
    return path.map((index) => {
      const {part: {left, top, width, height}, geometry} = candidates[index];
      const {activations, logProbabilities} = results[index], sure = marginals[index];
      const image = images[index];
      const refused = noDigitScore(image, results[index], network.layers, rejection) > 0;
      const probabilities = logProbabilities.map(Math.exp), highest = Math.max(...probabilities);
      return {digit: probabilities.indexOf(highest), probability: highest * sure, probabilities,
              box: [left, top, left + width, top + height], image, activations, refused,
              doubts: doubts(image, refused, probabilities, sure, geometry.height)};
    });
  }
  return [];
}

// What to say about the drawing as a whole
function notes(parts, lines) {
  if (!lines.length) return ["no ink"];
  const heights = lines.flat().map((part) => part.height);
  const used = new Set(lines.flat().map((part) => part.component));
  const left = parts.filter(({component, width, height}) =>
    !used.has(component) && Math.max(width, height) > .06 * median(heights)).length;
  return left ? [`${left} small mark${left > 1 ? "s" : ""} not read`] : [];
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b), middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

// A line as text, with a space for each wide gap
function lineText(line) {
  const height = median(line.map(({box}) => box[3] - box[1]));
  return line.map(({digit, box}, index) =>
    (index && box[0] - line[index - 1].box[2] > .8 * height ? " " : "") + digit).join("");
}

// The numbers in a drawing, its amount of ink at each pixel from 0 to 255: lines of digits with
// boxes, their text, and notes; weights are of a path, rejection has the rows of the score
function readNumber(network, {scoreWeights: weights, rejection}, ink, width, height) {
  const strongest = ink.reduce((a, b) => Math.max(a, b), 0);
  if (strongest < 8) return {lines: [], text: "", notes: ["no ink"]};
  const scaled = ink.map((value) => Math.floor(value * (255 / strongest) + .5));
  const parts = findParts(scaled, width, height);
  if (parts.length > maxParts) {
    const count = parts.length.toLocaleString("en");
    return {lines: [], text: "", notes: [`${count} separate marks: not writing`]};
  }
  const groups = groupLines(parts);
  const lines = groups.map((line) => readLine(line, network, weights, rejection));
  return {lines, text: lines.map(lineText).join("\n"), notes: notes(parts, groups)};
}

Object.assign(globalThis.mnist8k, {readNumber});
})();
