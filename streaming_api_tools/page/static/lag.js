// How late this page woke up: one that is busy reads late, and sees together what came one by one.

/** Milliseconds between two looks. */
const LOOK = 20;

export class Lag {
  #longest = 0;
  #due;
  #timer;

  constructor() {
    this.#due = performance.now() + LOOK;
    this.#timer = setInterval(() => this.#look(), LOOK);
  }

  /** Returns the longest time, in milliseconds, and looks no more. */
  end() {
    this.#look();
    clearInterval(this.#timer);
    return this.#longest;
  }

  #look() {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#due);
    this.#due = now + LOOK;
  }
}
