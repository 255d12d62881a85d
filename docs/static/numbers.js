"use strict";
/* Numbers in a drawing: the best path through the candidates of segmentation.js, each scored by the
   network and by its shape, as mnist8k.numbers in Python. */

(() => {
const {forward, toMnist, findParts, groupLines, findCandidates} = globalThis.mnist8k;

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

// Why not to trust a digit: an empty list where there is no reason
function doubts(probabilities, sure, height) {
  const percent = (share) => `${Math.round(100 * share)} %`, reasons = [];
  const [[first], [second, digit]] = probabilities.map((p, digit) => [p, digit])
    .sort((a, b) => b[0] - a[0]);
  if (first < .7) reasons.push(`maybe ${digit} (${percent(second)})`);
  if (sure < .7) reasons.push("unsure where it begins and ends");
  if (height < .45) reasons.push("much smaller than its line, maybe no digit");
  return reasons;
}

// The digits of one line
function readLine(line, network, weights) {
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
      const probabilities = logProbabilities.map(Math.exp), highest = Math.max(...probabilities);
      return {digit: probabilities.indexOf(highest), probability: highest * sure, probabilities,
              box: [left, top, left + width, top + height], image: images[index], activations,
              doubts: doubts(probabilities, sure, geometry.height)};
    });
  }
  return [];
}

// A line as text, with a space for each wide gap
function lineText(line) {
  const heights = line.map(({box}) => box[3] - box[1]).sort((a, b) => a - b);
  const middle = (heights.length - 1) / 2;
  const height = (heights[Math.floor(middle)] + heights[Math.ceil(middle)]) / 2;
  return line.map(({digit, box}, index) =>
    (index && box[0] - line[index - 1].box[2] > .8 * height ? " " : "") + digit).join("");
}

// The numbers in a drawing, its amount of ink at each pixel from 0 to 255: lines of digits with
// boxes, and their text
function readNumber(network, weights, ink, width, height) {
  const strongest = ink.reduce((a, b) => Math.max(a, b), 0);
  if (strongest < 8) return {lines: [], text: ""};
  const scaled = ink.map((value) => Math.floor(value * (255 / strongest) + .5));
  const lines = groupLines(findParts(scaled, width, height))
    .map((line) => readLine(line, network, weights));
  return {lines, text: lines.map(lineText).join("\n")};
}

Object.assign(globalThis.mnist8k, {readNumber});
})();
