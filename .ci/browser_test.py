"""The built site in a real browser, opened from disk: python .ci/browser_test.py [_docs/html]

One line a check; the exit status says whether all of them hold. CHROMIUM names the browser."""
import os
import re
import sys
from base64 import b64decode, b64encode
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import numpy as np
import torch
from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from mnist8k.data import load_digits
from mnist8k.inference import to_mnist
from mnist8k.non_digits import (FITTING_PATTERNS, FITTING_SCRIBBLES, draw_pairs, draw_patterns,
                                draw_scribbles)
from mnist8k.numbers import SCORE_NETWORK, read_number
from mnist8k.records import load_pretrained
from mnist8k.rejection import describe_images, load_rejection, network_outputs
from page_checks import check_pages, check_sidebar, check_sources

torch.set_num_threads(1)
NETWORK = load_pretrained(SCORE_NETWORK)
THIN = 6  # pixels of the canvas, the thinnest line that the page offers
# lines in a square of 1 x 1, for the mouse
STROKES = {1: [[(.5, 0), (.5, 1)]], 7: [[(.1, 0), (.9, 0), (.4, 1)]],
           4: [[(.2, 0), (.1, .6), (.9, .6)], [(.7, .1), (.65, 1)]],
           2: [[(.1, .3), (.2, .08), (.5, 0), (.8, .1), (.85, .3), (.7, .55), (.1, 1), (.9, 1)]],
           0: [[(.5 + .38*np.sin(t), .5 - .5*np.cos(t)) for t in np.linspace(0, 2*np.pi, 25)]],
           6: [[(.75, 0), (.4, .2), (.17, .5), (.15, .8), (.35, 1), (.65, 1), (.85, .8), (.75, .57),
                (.5, .5), (.2, .66)]],
           "a 7 with a bar": [[(.1, 0), (.9, 0), (.4, 1)], [(.3, .5), (.85, .5)]],
           "a capital A": [[(.1, 1), (.5, 0), (.9, 1)], [(.27, .6), (.73, .6)]],
           "a capital M": [[(.05, 1), (.1, 0), (.5, .6), (.9, 0), (.95, 1)]],
           "a capital X": [[(.1, 0), (.9, 1)], [(.9, 0), (.1, 1)]],
           "a scribble": [[(.05, .5), (.25, 0), (.3, .95), (.45, .05), (.5, 1), (.65, 0), (.7, .9),
                           (.85, .1), (.95, .8), (.1, .3), (.9, .35), (.15, .75)]],
           "a spiral": [[(.5 + t*np.cos(t)/44, .5 + t*np.sin(t)/44)
                         for t in np.linspace(0, 7*np.pi, 90)]]}
# What the pages get beside their own: bytes as base64, since lists of numbers take far longer
DECODE = """globalThis.bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
globalThis.pixels = (text) => Float32Array.from(bytes(text));"""
LOG_PROBABILITIES = """images => {
  const weights = mnist8k.readWeights(mnist8kPackage);
  return images.map((image) => mnist8k.forward(weights, pixels(image)).logProbabilities);
}"""
ACTIVATIONS = """image => mnist8k.forward(mnist8k.readWeights(mnist8kPackage), pixels(image))
  .activations.map(({data}) => Array.from(data))"""
SECONDS = """text => {
  const weights = mnist8k.readWeights(mnist8kPackage), image = pixels(text);
  return Array.from({length: 60}, () => {
    const start = performance.now();
    mnist8k.forward(weights, image);
    return performance.now() - start;
  }).slice(10);
}"""
TO_MNIST = """([ink, width, height]) =>
  Array.from(mnist8k.toMnist(bytes(ink), width, height))"""
READ_NUMBER = """([ink, width, height]) => {
  const {text, lines, notes} = mnist8k.readNumber(mnist8k.readWeights(mnist8kPackage),
    mnist8kPackage, bytes(ink), width, height), digits = lines.flat();
  return [text, digits.map(({box}) => box), digits.map(({probability}) => probability),
    [...notes, ...digits.flatMap(({digit, doubts}, at) => doubts.length ?
      [`digit ${at + 1} (${digit}): ${doubts.join("; ").replaceAll(" %", "%")}`] : [])]];
}
"""
NO_DIGIT = """images => {
  const weights = mnist8k.readWeights(mnist8kPackage);
  return images.map(pixels).map((image) => [mnist8k.facts(image), mnist8k.noDigitScore(
    image, mnist8k.forward(weights, image), weights.layers, mnist8kPackage.rejection)]);
}"""
INK = """() => {
  const {width, height} = document.getElementById("draw-canvas");
  const context = document.getElementById("draw-canvas").getContext("2d");
  const {data} = context.getImageData(0, 0, width, height);
  return [width, height, btoa(Array.from({length: width * height},
    (_, pixel) => String.fromCharCode(data[4 * pixel + 3])).join(""))];
}"""
failed = []


def check(name, holds, found=""):
    "Print one line and remember a failure"
    print(f"{'ok    ' if holds else 'FAILED'} {name}{': ' if found else ''}{found}", flush=True)
    if not holds:
        failed.append(name)


@contextmanager
def checking(name):
    "An error in the browser or in a check is a failed check, and the others still run"
    try:
        yield
    except Exception as error:
        check(name, False, f"{type(error).__name__}: {str(error).splitlines()[0]}")


def encode(array):
    "The bytes of an array or a tensor of levels from 0 to 255, in base64"
    return b64encode(np.asarray(array, np.uint8).tobytes()).decode()


def test_images():
    "1,000 test images of MNIST, or 200 of scikit-learn's where it is not there"
    real = bool(os.environ.get("MNIST8K_DATA"))
    return load_digits("mnist" if real else "digits").test_images[:1000 if real else 200]


def forward(page):
    "The network in the browser against the same weights in PyTorch"
    images = test_images()
    normal = ((images.float()/255 - 0.1307)/0.3081).unsqueeze(1)
    with torch.no_grad():
        expected = NETWORK(normal)
    found = torch.tensor(page.evaluate(LOG_PROBABILITIES, [*map(encode, images)]))
    gap, same = (found - expected).abs().max().item(), found.argmax(1) == expected.argmax(1)
    check("log-probabilities as in PyTorch", gap < 1e-3,
          f"{len(images)} images, largest difference {gap:.1e}")
    check("predictions as in PyTorch", bool(same.all()), f"{int(same.sum())} of {len(images)}")
    activation, gaps = normal[:1], []
    for layer, values in zip(NETWORK.layers, page.evaluate(ACTIVATIONS, encode(images[0])),
                             strict=True):
        with torch.no_grad():
            activation = layer(activation)
        gaps.append((activation.flatten() - torch.tensor(values)).abs().max().item())
    check("every layer as in PyTorch", max(gaps) < 1e-3,
          f"{len(gaps)} layers, largest difference {max(gaps):.1e}")
    median = np.median(page.evaluate(SECONDS, encode(images[0])))
    check("a forward pass in less than 10 ms", median < 10, f"median {median:.1f} ms")


def drawings(page):
    "Ink to compare on: random lines and hard cases, then the page's examples with three lines"
    rng = np.random.default_rng(0)
    for _ in range(40):
        size = tuple(int(side) for side in rng.integers(30, 300, 2))
        image = Image.new("L", size)
        points = [tuple(point) for point in (rng.random((4, 2))*size).tolist()]
        ImageDraw.Draw(image).line(points, fill=int(rng.integers(60, 256)),
                                   width=int(rng.integers(1, 20)), joint="curve")
        yield np.asarray(image)
    for rows, columns in [(1, 1), (1, 9), (40, 1), (60, 3), (3, 60), (5, 5), (20, 20), (27, 40)]:
        ink = np.zeros((64, 64), np.uint8)
        ink[2:2 + rows, 3:3 + columns] = 255
        yield ink
    for width in (THIN, 32, 54):
        set_line(page, width)
        for digit in range(0, 10, 3):
            example(page, digit)
            columns, rows, ink = page.evaluate(INK)
            yield np.frombuffer(b64decode(ink), np.uint8).reshape(rows, columns)


def preprocessing(page):
    "What brings a drawing to MNIST's form, in the browser and in Python"
    gaps = []
    for ink in drawings(page):
        found = page.evaluate(TO_MNIST, [encode(ink), *ink.shape[::-1]])
        expected = to_mnist(ink).double().flatten().numpy()
        gaps.append(np.abs(np.array(found) - expected).max())
    check("to_mnist as in Python", max(gaps) <= 1,  # level: a tie may be rounded either way
          f"{len(gaps)} drawings, largest difference {max(gaps):.0f} of 255")


def written_numbers():
    "Ink of numbers put together from test images: apart or overlapping, in one line or two"
    images, rng = test_images().numpy(), np.random.default_rng(0)
    for count in range(24):
        scale, step = int(rng.integers(1, 4)), int(rng.integers(15, 26))
        ink = np.zeros((70, 120), np.uint8)
        for row in range(1 + count % 2):
            for column in range(4):
                y, x = 2 + 36*row + int(rng.integers(4)), 2 + step*column
                window = ink[y:y + 28, x:x + 28]
                np.maximum(window, images[rng.integers(len(images))], out=window)
        yield ink.repeat(scale, 0).repeat(scale, 1)


def compare(page, inks):
    "Inks read in the browser and in Python: those that differ by name, digits, the widest gap"
    different, gap, digits = [], 0, 0
    for name, ink in inks:
        *found, probabilities, warnings = page.evaluate(
            READ_NUMBER, [encode(ink), *ink.shape[::-1]])
        read = read_number(ink)
        if [*found, warnings] != [read.text, [[*one.box] for one in read.digits], [*read.warnings]]:
            different.append(f"{name} is {found[0]} {warnings}, in Python {read}")
        else:
            gap = max([gap, *(abs(a - b.probability)
                              for a, b in zip(probabilities, read.digits))])
        digits += len(probabilities)
    return different, digits, gap


def numbers(page):
    "Numbers and what is none, in the browser and in Python: the same but for rounding"
    noise = np.zeros((90, 90), np.uint8)
    noise[20:70, 20:70] = np.random.default_rng(0).integers(0, 256, (50, 50))
    inks = [*enumerate(written_numbers()), ("noise", noise), ("nothing", 0*noise),
            *drawn_shapes(page)]
    different, digits, gap = compare(page, inks)
    check("numbers, boxes and warnings as in Python", not different,
          "; ".join(different) or f"{len(inks)} drawings, {digits} digits")
    check("probabilities of numbers as in Python", gap < 1e-3, f"largest difference {gap:.1e}")


def no_digits(page):
    "The score for what is no digit, in the browser and in Python"
    digits, rng = test_images()[:60], np.random.default_rng(0)
    images = torch.cat([digits, draw_patterns(FITTING_PATTERNS, 45, rng),
                        draw_scribbles(FITTING_SCRIBBLES, 20, rng), draw_pairs(digits, 20, rng)])
    expected = load_rejection(NETWORK).score(images, *network_outputs(NETWORK, images))
    facts, scores = zip(*page.evaluate(NO_DIGIT, [*map(encode, images)]))
    gap = max(np.abs(facts - describe_images(images)).max(), np.abs(scores - expected).max())
    check("no digit as in Python", gap < 1e-3,
          f"{len(images)} images, largest difference {gap:.1e}")


def drawn_shapes(page):
    "Ink of what is drawn with the mouse, once the page has said of each what it is"
    for name in ["a 7 with a bar", "a capital A", "a capital M", "a capital X", "a scribble",
                 "a spiral", "2026"]:
        page.get_by_role("button", name="Clear").click()
        set_line(page, 20)
        if name in STROKES:
            sentence = draw(page, name, .25, .25, .5)
        else:
            for place, digit in enumerate(name):
                sentence = draw(page, int(digit), .04 + .24*place, .35)
        right = {"a 7 with a bar": " a 7,", "2026": " 2026,"}.get(name, "no digit")
        check(name, right in sentence, sentence)
        columns, rows, ink = page.evaluate(INK)
        yield name, np.frombuffer(b64decode(ink), np.uint8).reshape(rows, columns)


def prediction(page):
    "The sentence with the prediction, once the page has looked at the drawing"
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page.inner_text("#draw-prediction")


def set_line(page, width):
    "Set the width of the line"
    page.evaluate("width => { document.getElementById('draw-width').value = width; }", width)


def example(page, digit):
    "Press the button of an example"
    page.get_by_role("button", name=f"Draw an example of a {digit}").click()
    return prediction(page)


def draw(page, shape, left, top, size=0.2):
    "Draw a shape of STROKES with the mouse; left, top and size are shares of the canvas"
    canvas = page.locator("#draw-canvas")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    for stroke in STROKES[shape]:
        points = [(area["x"] + (left + size*x)*area["width"],
                   area["y"] + (top + size*y)*area["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=8)
        page.mouse.up()
    return prediction(page)


def drawing(page):
    "Digits drawn with the mouse, by a button and by the keyboard"
    clear = page.get_by_role("button", name="Clear")
    set_line(page, THIN)
    for digit, left, top in [(7, .03, .03), (1, .78, .03), (4, .03, .77), (7, .77, .77)]:
        clear.click()
        sentence = draw(page, digit, left, top)
        check(f"a thin {digit} in a corner", f" a {digit}," in sentence, sentence)
    clear.click()
    sentence = prediction(page)
    ink = b64decode(page.evaluate(INK)[2])
    check("clear", "empty" in sentence and not any(ink), sentence)
    set_line(page, 32)
    right = [digit for digit in range(10) if f" {digit}, " in example(page, digit)]
    check("examples", right == list(range(10)), f"{len(right)} of 10 right")
    clear.focus()
    page.keyboard.press("Enter")
    cleared = prediction(page)
    for key in ["Tab", "ArrowRight", "Tab", "Tab", "Tab", "Tab"]:
        page.keyboard.press(key)
    page.keyboard.press("Space")
    drawn = prediction(page)
    check("keyboard alone", "empty" in cleared and " a 3," in drawn, drawn)
    clear.click()
    for digit, left in [(7, .04), (1, .36), (4, .62)]:
        sentence = draw(page, digit, left, .1)
    draw(page, 7, .1, .6)
    sentence, boxes = draw(page, 1, .4, .6), page.locator("#draw-boxes div").count()
    check("a number in two lines", "reads 714 and 71," in sentence and boxes == 5, sentence)
    page.locator("#draw-digits button").nth(2).click()
    best = page.locator("#draw-bars .best span").first.inner_text()
    check("the probabilities of the third digit", best == "4", best)
    example(page, 3)
    role = page.locator("#draw-prediction").get_attribute("role")
    live = page.locator("#draw-prediction").get_attribute("aria-live")
    check("predictions are announced", role == "status" and live == "polite", f"{role}, {live}")
    shares = [int(text.split()[-2]) for text in page.locator("#draw-bars li").all_inner_texts()]
    check("ten bars", len(shares) == 10 and abs(sum(shares) - 100) < 6, f"sum {sum(shares)} %")
    maps = page.locator("#draw-maps canvas").count()
    check("feature maps of the layers", maps == sum(
        layer.out_channels for layer in list(NETWORK.layers)[:-1]
        if isinstance(layer, torch.nn.Conv2d)), f"{maps} feature maps")


def touching(browser, site):
    "A digit drawn with a finger on a phone; the page must not scroll under it"
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"{site.as_uri()}/draw.html")
    page.locator("#draw-canvas").scroll_into_view_if_needed()
    area, scrolled = page.locator("#draw-canvas").bounding_box(), page.evaluate("() => scrollY")
    points = [(.1 + .3*t, .1) for t in np.linspace(0, 1, 8)]
    points += [(.4 - .15*t, .1 + .4*t) for t in np.linspace(0, 1, 8)]
    touch = page.context.new_cdp_session(page)
    for index, (x, y) in enumerate(points):
        touch.send("Input.dispatchTouchEvent", {
            "type": "touchMove" if index else "touchStart",
            "touchPoints": [{"x": area["x"] + x*area["width"], "y": area["y"] + y*area["height"]}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    sentence = prediction(page)
    not_scrolled = page.evaluate("() => scrollY") == scrolled
    check("a 7 drawn with a finger", " a 7," in sentence and not_scrolled, sentence)
    page.close()


def front(page, site):
    "The front page predicts a digit too"
    page.goto(f"{site.as_uri()}/index.html")
    sentence = draw(page, 7, .6, .6)
    check("a thin 7 on the front page", " a 7," in sentence, sentence)


def theme(page):
    "The button at the top changes the page's colours"
    def colour():
        return page.evaluate("() => getComputedStyle(document.body).backgroundColor")

    button, seen = page.locator(".theme-toggle:visible").first, {colour()}
    for _ in range(3):
        button.click()
        page.wait_for_timeout(50)
        seen.add(colour())
    check("theme switch", len(seen) == 2, " and ".join(sorted(seen)))


def search(page, site):
    "The search finds a function, from disk"
    page.goto(f"{site.as_uri()}/search.html?q=load_weights")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    found = page.locator("#search-results li a").evaluate_all("all => all.map((a) => a.href)")
    check("search", any("03_records" in link for link in found), f"{len(found)} results")


def pages(page, site, messages):
    "What page_checks finds wrong"
    for check_page in (check_sidebar, check_sources, check_pages):
        for name, problems in check_page(page, site, messages).items():
            check(name, not problems, ", ".join(problems[:5]))


def main(site):
    "All checks on the site in a folder; how many failed"
    start, messages, outside = monotonic(), [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.on("console", lambda message: message.type in ("error", "warning")
                and messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: re.match("(file|data|blob):", request.url)
                or outside.append(request.url))
        page.add_init_script(DECODE)
        page.goto(f"{site.as_uri()}/draw.html")
        for name, part in {
                "forward pass": lambda: forward(page),
                "to_mnist as in Python": lambda: preprocessing(page),
                "numbers as in Python": lambda: numbers(page),
                "no digit as in Python": lambda: no_digits(page),
                "drawing": lambda: drawing(page),
                "touch": lambda: touching(browser, site),
                "front page": lambda: front(page, site),
                "theme switch": lambda: theme(page),
                "no console messages while drawing": lambda: check(
                    "no console messages while drawing", not messages, "; ".join(messages)),
                "search": lambda: search(page, site),
                "every page": lambda: pages(page, site, messages)}.items():
            with checking(name):
                part()
        check("no request to the network", not outside, ", ".join(outside[:3]))
        browser.close()
    print(f"{len(failed)} failed, {monotonic() - start:.0f} s")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "_docs/html").resolve()) > 0)
