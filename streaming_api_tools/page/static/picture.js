// A tick for every arrival, and a seam for every connection, on a scale that doubles when it is full.

const SVG = "http://www.w3.org/2000/svg";

export class Picture {
  #svg;
  #label;
  #span = 1000;

  constructor(svg, label) {
    this.#svg = svg;
    this.#label = label;
    this.#svg.replaceChildren();
    this.describe("Nothing has arrived");
    this.#scale();
  }

  tick(at, hasText) {
    this.#line(at, hasText ? 0 : 0.5, hasText ? "text" : "other");
  }

  /** Marks where another connection began. */
  seam(at) {
    this.#line(at, 0, "seam");
  }

  #line(at, top, kind) {
    const line = document.createElementNS(SVG, "line");
    for (const [name, value] of Object.entries({ x1: at, x2: at, y1: top, y2: 1, class: kind })) {
      line.setAttribute(name, value);
    }
    this.#svg.append(line);
    while (at > this.#span) this.#span *= 2;
    this.#scale();
  }

  describe(sentence) {
    this.#svg.setAttribute("aria-label", sentence);
  }

  #scale() {
    this.#svg.setAttribute("viewBox", `0 0 ${this.#span} 1`);
    this.#label.textContent = `${this.#span / 1000} s`;
  }
}
