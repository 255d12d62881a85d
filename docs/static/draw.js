"use strict";
/* A canvas to draw on, and what numbers.js reads in the drawing. The page draw.md shows all of
   it, the front page a part: where a page has no element for something, that is left out. */

(() => {
const find = (id) => document.getElementById(`draw-${id}`);
const append = (parent, name, properties = {}) =>
  parent.appendChild(Object.assign(document.createElement(name), properties));

const examplePaths = [                    // SVG paths in a square of 100 x 100, by digit
  "M50 20C25 20 25 80 50 80S75 20 50 20", "M54 20L47 80",
  "M32 36C34 14 68 14 66 38C64 54 40 66 32 80L70 78",
  "M34 26C48 12 70 22 62 38C58 46 50 48 46 48C70 46 74 74 56 80C46 84 36 80 32 74",
  "M36 20C34 34 32 44 32 52L68 50M62 22L58 82",
  "M66 20L40 22L36 46C50 38 68 46 66 62C64 82 40 84 32 74",
  "M60 18C44 28 32 50 36 66C40 84 66 82 64 64C62 50 42 50 36 64",
  "M32 24L68 22C60 42 52 58 46 82",
  "M64 28C56 14 34 20 38 34C42 48 66 54 64 68C60 86 34 82 36 66C38 52 62 44 64 28",
  "M64 32C58 16 36 20 36 36C36 52 60 52 64 34C66 50 62 66 56 82"];

const weights = mnist8k.readWeights(mnist8kPackage);
const canvas = find("canvas"), context = canvas.getContext("2d", {willReadFrequently: true});
let lastPoint = null;                     // where the pen is while it is down
let updateScheduled = false, announceUpdate = false;
let timer = 0, pause = 0;                 // of an update while the pen moves; milliseconds
const boxes = find("boxes"), percent = (share) => `${Math.round(100 * share)} %`;

// Paint values as the opacity of a square canvas, from transparent at low to opaque at high
function paintValues(canvas, size, values, low, high) {
  const image = new ImageData(size, size), scale = high > low ? 255 / (high - low) : 0;
  values.forEach((value, index) => { image.data[4 * index + 3] = (value - low) * scale; });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The convolutions whose feature maps are shown, as their ReLU leaves them; the last convolution
// gives ten numbers and is left out
function createFeatureMaps() {
  const {activations} = mnist8k.forward(weights, Array(784).fill(0));
  const convolutions = weights.layers.flatMap(({kind}, layer) =>
    kind === "Conv2d" && activations[layer].size > 1 ? [layer] : []);
  return convolutions.map((layer, index) => {
    const {channels, size} = activations[layer];
    const kernel = weights.tensors[`layers.${layer}.weight`].shape[2];
    const figure = append(find("maps"), "figure"), caption = append(figure, "figcaption");
    append(caption, "b", {textContent: `Convolution ${index + 1}`});
    const shape = `${kernel} × ${kernel} · ${channels} maps of ${size} × ${size}`;
    append(caption, "span", {textContent: shape});
    const row = append(figure, "div");
    const canvases = Array.from({length: channels}, () =>
      append(row, "canvas", {width: size, height: size, className: "ink"}));
    return {canvases, layer: weights.layers[layer + 1].kind === "ReLU" ? layer + 1 : layer};
  });
}

const featureMaps = find("maps") ? createFeatureMaps() : [];
const bars = Array.from({length: 10}, (_, digit) => {
  const row = append(find("bars"), "li");
  append(row, "span", {textContent: digit});
  return {row, bar: append(append(row, "div"), "i"), percentage: append(row, "span")};
});

function showFeatureMaps(activations, empty) {
  for (const {canvases, layer} of featureMaps) {
    canvases.forEach((canvas, channel) => {
      const {width: size} = canvas, area = size * size;
      const map = empty ? new Float32Array(area)
        : activations[layer].data.subarray(channel * area, (channel + 1) * area);
      paintValues(canvas, size, map, Math.min(...map), Math.max(...map));
    });
  }
}

// A digit, with a question mark where it looks like none
const mark = ({digit, refused}, doubted = refused) => digit + (doubted ? "?" : "");

// A box around each digit, over the canvas
function showBoxes(digits, chosen) {
  boxes.replaceChildren();
  for (const one of digits) {
    const [left, top, right, bottom] = one.box;
    const box = append(boxes, "div", {className: one.doubts.length ? "unsure" : ""});
    if (one === chosen && digits.length > 1) box.classList.add("chosen");
    const percent = (value, whole) => `${100 * value / whole}%`;
    Object.assign(box.style, {
      left: percent(left, canvas.width), width: percent(right - left, canvas.width),
      top: percent(top, canvas.height), height: percent(bottom - top, canvas.height)});
    append(box, "span", {textContent: mark(one, one.doubts.length)});
  }
}

// A button for each digit of a number, which shows its probabilities, input and feature maps
function showChoices(digits, chosen) {
  if (!find("digits")) return;
  find("digits").replaceChildren();
  if (digits.length > 1) digits.forEach((one, index) => {
    const button = append(find("digits"), "button", {
      type: "button", className: one.doubts.length ? "unsure" : ""});
    append(button, "b", {textContent: mark(one)});
    append(button, "span", {textContent: one.refused ? "no digit" : percent(one.probability)});
    button.setAttribute("aria-pressed", one === chosen);
    button.setAttribute("aria-label", `Digit ${index + 1}: ${mark(one)}`);
    button.addEventListener("click", () => {
      show(digits, one);
      find("digits").children[index].focus();
    });
  });
}

const article = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;

// The sentence that says what was read, and every doubt
function describe(digits, text, notes) {
  if (!digits.length && notes[0] !== "no ink") return `Nothing was read: ${notes[0]}.`;
  if (!digits.length) return "The canvas is empty: draw a digit, or a number.";
  return [describeDigits(digits, text), ...notes.map((note) => `${note}.`)].join(" ");
}

function describeDigits(digits, text) {
  if (digits.length === 1) {
    const [{digit, probability, doubts, refused}] = digits;
    if (refused) return `This looks like ${doubts.join("; ")}. The nearest is ${article(digit)}.`;
    return `The network predicts ${article(digit)}, ${percent(probability)} sure` +
      (doubts.length ? `: ${doubts.join("; ")}.` : ".");
  }
  const sure = digits.reduce((product, one) => product * one.probability, 1);
  const share = digits.some((one) => one.refused) ? "" : `, ${percent(sure)} sure`;
  const unsure = digits.flatMap(({digit, doubts}, index) =>
    doubts.length ? [`digit ${index + 1}, ${article(digit)}: ${doubts.join(", ")}`] : []);
  return `The network reads ${markText(text, digits).replaceAll("\n", " and ")}${share}` +
    (unsure.length ? `. Unsure of ${unsure.join("; ")}.` : ".");
}

// The text with those question marks
function markText(text, digits) {
  let index = 0;
  return text.replace(/\d/g, () => mark(digits[index++]));
}

// Show the boxes, and the probabilities, the input and the feature maps of one digit
function show(digits, chosen) {
  showBoxes(digits, chosen);
  showChoices(digits, chosen);
  find("bars").className = chosen?.refused ? "unsure" : "";
  bars.forEach(({row, bar, percentage}, digit) => {
    const probability = chosen?.probabilities[digit] ?? 0;
    row.className = digit === chosen?.digit ? "best" : "";
    bar.style.width = `${100 * probability}%`;
    percentage.textContent = chosen ? percent(probability) : "";
  });
  if (find("input")) paintValues(find("input"), 28, chosen?.image ?? Array(784).fill(0), 0, 255);
  showFeatureMaps(chosen?.activations ?? [], !chosen);
}

// Read the drawing and show what was read, first of all the digit that is the least sure
function update() {
  const start = performance.now();
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  const ink = Uint8Array.from({length: data.length / 4}, (_, pixel) => data[4 * pixel + 3]);
  const {lines, text, notes} = mnist8k.readNumber(weights, mnist8kPackage, ink,
                                                  canvas.width, canvas.height);
  const digits = lines.flat(), least = Math.min(...digits.map((one) => one.probability));
  show(digits, digits.find((one) => one.probability === least));
  const marked = markText(text, digits);
  find("digit").textContent = marked || "?";
  find("digit").className = digits.some((one) => one.refused) ? "unsure" : "";
  const longest = Math.max(...marked.split("\n").map((line) => line.length), 1);
  find("digit").style.fontSize = `${Math.max(Math.min(4.5, 16 / longest), 1.2)}rem`;
  if (announceUpdate) find("prediction").textContent = describe(digits, text, notes);
  updateScheduled = announceUpdate = false;
  pause = Math.min(3 * (performance.now() - start), 600);
}

// Update before the next frame, or, while the pen moves and reading takes long, after a pause;
// with announce, the sentence that screen readers speak changes too
function scheduleUpdate(announce) {
  announceUpdate ||= announce;
  if (announce) {
    clearTimeout(timer);
    requestAnimationFrame(update);
  } else if (!updateScheduled) timer = setTimeout(() => requestAnimationFrame(update), pause);
  updateScheduled = true;
}

function clear() {
  context.clearRect(0, 0, canvas.width, canvas.height);
  scheduleUpdate(true);
}

function strokePath(path, scale = 1) {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineWidth = (find("width")?.value ?? 32) / scale;
  context.lineCap = context.lineJoin = "round";
  context.stroke(path);
  context.resetTransform();
  scheduleUpdate(false);
}

// A line from the pen's last point through others
function drawLine(points) {
  const path = new Path2D();
  path.moveTo(...lastPoint);
  for (const point of points) path.lineTo(...point);
  lastPoint = points.at(-1);
  strokePath(path);
}

// Where a pointer event happened, in pixels of the canvas
function canvasPoint(event) {
  const {left, top, width, height} = canvas.getBoundingClientRect();
  return [(event.clientX - left) * canvas.width / width,
          (event.clientY - top) * canvas.height / height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  lastPoint = canvasPoint(event);
  drawLine([[lastPoint[0], lastPoint[1] + 0.01]]);  // a dot, should the pen not move
});
canvas.addEventListener("pointermove", (event) => {
  if (!lastPoint || !event.isPrimary) return;
  const events = event.getCoalescedEvents?.() ?? [];
  drawLine((events.length ? events : [event]).map(canvasPoint));
});
for (const name of ["pointerup", "pointercancel"])
  canvas.addEventListener(name, (event) => {
    if (!lastPoint || !event.isPrimary) return;
    lastPoint = null;
    scheduleUpdate(true);
  });

find("clear").addEventListener("click", clear);
if (find("examples")) examplePaths.forEach((path, digit) => {
  const button = append(find("examples"), "button", {type: "button", textContent: digit});
  button.setAttribute("aria-label", `Draw an example of a ${digit}`);
  button.addEventListener("click", () => {
    clear();
    strokePath(new Path2D(path), canvas.width / 100);
  });
});
scheduleUpdate(false);
})();
