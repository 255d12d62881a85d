"use strict";
/* A canvas to draw on, and views of what the network of network.js makes of it. The page draw.md
   has all of them, the front page some: what a page has no element for is left out. */

(() => {
const find = (id) => document.getElementById(`draw-${id}`);
const make = (name, parent, properties = {}) =>
  parent.appendChild(Object.assign(document.createElement(name), properties));

const examples = [                        // paths in a square of 100 x 100
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
const canvas = find("pad"), pen = canvas.getContext("2d", {willReadFrequently: true});
let last = null, waiting = false, announce = false;  // the pen's place; what the next look does

// Values as ink on a canvas of their own size; ink is what is not transparent
function paint(canvas, size, values, low, high) {
  const picture = new ImageData(size, size), scale = high > low ? 255 / (high - low) : 0;
  values.forEach((value, at) => { picture.data[4 * at + 3] = (value - low) * scale; });
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// The convolutions that give maps rather than ten numbers; each is shown as its ReLU leaves it
const sizes = mnist8k.forward(weights, Array(784).fill(0)).activations;
const blocks = weights.layers.flatMap(({kind}, at) => {
  if (!find("maps") || kind !== "Conv2d" || sizes[at].size === 1) return [];
  return [{at: weights.layers[at + 1].kind === "ReLU" ? at + 1 : at,
           kernel: weights.tensors[`layers.${at}.weight`].shape[2]}];
});
blocks.forEach((block, number) => {
  const {channels, size} = sizes[block.at], {kernel} = block;
  const row = make("figure", find("maps"));
  const title = make("figcaption", row);
  make("b", title, {textContent: `Convolution ${number + 1}`});
  const shape = `${kernel} × ${kernel} · ${channels} maps of ${size} × ${size}`;
  make("span", title, {textContent: shape});
  const maps = make("div", row);
  block.canvases = Array.from({length: channels}, () =>
    make("canvas", maps, {width: size, height: size, className: "ink"}));
});

const bars = Array.from({length: 10}, (_, digit) => {
  const row = make("li", find("bars"));
  make("span", row, {textContent: digit});
  return {row, bar: make("i", make("div", row)), share: make("span", row)};
});

// One look at the canvas: its ink through the network, and everything that shows it
function look() {
  const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
  const ink = Uint8Array.from({length: data.length / 4}, (_, at) => data[4 * at + 3]);
  const image = mnist8k.toMnist(ink, canvas.width, canvas.height), empty = !ink.some(Boolean);
  const {activations, logProbabilities} = mnist8k.forward(weights, image);
  const shares = logProbabilities.map((value) => empty ? 0 : Math.exp(value));
  const digit = shares.indexOf(Math.max(...shares));
  const percent = (share) => `${Math.round(100 * share)} %`;
  bars.forEach(({row, bar, share}, at) => {
    row.className = !empty && at === digit ? "best" : "";
    bar.style.width = `${100 * shares[at]}%`;
    share.textContent = empty ? "" : percent(shares[at]);
  });
  find("digit").textContent = empty ? "?" : digit;
  if (announce) find("answer").textContent = empty ? "The canvas is empty: draw a digit."
    : `The network reads a ${digit}, ${percent(shares[digit])} sure.`;
  if (find("seen")) paint(find("seen"), 28, image, 0, 255);
  for (const {at, canvases} of blocks) {
    const {size, data} = activations[at];
    canvases.forEach((canvas, map) => {
      const part = empty ? new Float32Array(size * size)
        : data.subarray(map * size * size, (map + 1) * size * size);
      paint(canvas, size, part, Math.min(...part), Math.max(...part));
    });
  }
  waiting = announce = false;
}

// Look once before the next frame, however often the pen has moved until then
function lookSoon(aloud) {
  announce ||= aloud;
  if (!waiting) requestAnimationFrame(look);
  waiting = true;
}

function clear() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  lookSoon(true);
}

function stroke(path, scale = 1) {
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.lineWidth = (find("width")?.value ?? 32) / scale;
  pen.lineCap = pen.lineJoin = "round";
  pen.stroke(path);
  pen.resetTransform();
  lookSoon(false);
}

// A line from the pen's last place through others
function draw(places) {
  const path = new Path2D();
  path.moveTo(...last);
  for (const place of places) path.lineTo(...place);
  last = places.at(-1);
  stroke(path);
}

function place(event) {
  const {left, top, width, height} = canvas.getBoundingClientRect();
  return [(event.clientX - left) * canvas.width / width,
          (event.clientY - top) * canvas.height / height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  last = place(event);
  draw([[last[0], last[1] + 0.01]]);      // a dot, should the pen not move
});
canvas.addEventListener("pointermove", (event) => {
  if (!last || !event.isPrimary) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  draw((moves.length ? moves : [event]).map(place));
});
for (const end of ["pointerup", "pointercancel"])
  canvas.addEventListener(end, () => {
    if (last) lookSoon(true);
    last = null;
  });

find("clear").addEventListener("click", clear);
if (find("examples")) examples.forEach((path, digit) => {
  const button = make("button", find("examples"), {type: "button", textContent: digit});
  button.setAttribute("aria-label", `Draw an example of a ${digit}`);
  button.addEventListener("click", () => {
    clear();
    stroke(new Path2D(path), canvas.width / 100);
  });
});
lookSoon(false);
})();
