// The client of backends/he/lookup: fetches records by index, so that the server cannot make out which.

const SIDE = 2048, STEP = 2 ** 24, DIGEST = 8, HEAD = 52;
const ROUND = circles(SIDE);

/** A real polynomial (n,) at n / 2 roots, in place of re and im. */
const folded = (x, at, re, im) => {
  const h = SIDE / 2, { cos, sin } = ROUND;
  for (let i = 0; i < h; i++) {
    const a = x[at + i], b = x[at + i + h];
    re[i] = a * cos[i] - b * sin[i];
    im[i] = a * sin[i] + b * cos[i];
  }
  fourier(re, im, ROUND, SIDE);
};

class LookupClient {
  /**
   * @param {{items: number, recordBytes: number, count: number}} task
   * @param {Uint8Array} published the hint of the server's table
   */
  static async open(task, published) {
    const view = new DataView(published.buffer, published.byteOffset, published.length), client = new LookupClient();
    const perColumn = view.getUint16(6, true), size = task.recordBytes + DIGEST, rows = perColumn * size, h = SIDE / 2;
    if (view.getUint32(0) !== 0x56424c48 || view.getUint16(4, true) !== 1 || published.length !== 88 + 2 * rows * SIDE)
      throw new Refused("The published hint is not of a table of this shape.");
    if (Number(view.getBigUint64(8, true)) !== task.items || Number(view.getBigUint64(16, true)) !== size)
      throw new Refused("The published hint belongs to a table of another shape.");
    const name = published.slice(24, 56), body = published.slice(88), columns = Math.ceil(task.items / perColumn);
    if (!sameBytes(await sha256(name, body), published.slice(56, 88))) throw new Refused("The published hint is damaged.");
    const blocks = Math.ceil(columns / SIDE), matrix = new Int32Array((await keyStream(name.slice(0, 16), 4 * SIDE * blocks)).buffer);
    Object.assign(client, { task, name, perColumn, size, rows, columns, blocks, hint: new Int16Array(body.buffer), open: [] });
    client.re = new Float64Array(h * blocks);
    client.im = new Float64Array(h * blocks);
    for (let t = 0; t < blocks; t++)
      folded(matrix, t * SIDE, client.re.subarray(t * h, t * h + h), client.im.subarray(t * h, t * h + h));
    return client;
  }

  header(magic, width) {
    const out = new Uint8Array(HEAD), view = new DataView(out.buffer);
    out.set(text(magic));
    view.setUint16(4, 1, true);
    view.setUint32(8, this.task.count, true);
    view.setUint32(12, width, true);
    out.set(this.name, 20);
    return out;
  }

  /** @param {number[]} indices `count` of them @returns {Uint8Array} the query: a secret and an error for each record */
  query(indices) {
    const { blocks, columns, perColumn } = this, h = SIDE / 2, { cos, sin } = ROUND;
    if (indices.length !== this.task.count) throw new Refused("A fetch always asks for the same number of records.");
    const out = joined(this.header("VBLQ", columns), new Uint8Array(4 * columns * indices.length));
    const words = new Int32Array(out.buffer, HEAD), whole = new Int32Array(blocks * SIDE);
    const sr = new Float64Array(h), si = new Float64Array(h), re = new Float64Array(h), im = new Float64Array(h);
    this.open = indices.map((index, place) => {
      const secret = ternary(SIDE), noise = errors(blocks * SIDE);
      folded(secret, 0, sr, si);
      for (let t = 0; t < blocks; t++) {
        // The transform back is the one of the conjugates.
        for (let i = 0, j = t * h; i < h; i++, j++) {
          re[i] = this.re[j] * sr[i] - this.im[j] * si[i];
          im[i] = -(this.re[j] * si[i] + this.im[j] * sr[i]);
        }
        fourier(re, im, ROUND, SIDE);
        for (let i = 0, b = t * SIDE; i < h; i++, b++) {
          const x = re[i] / h, y = im[i] / h;
          whole[b] = (Math.round(x * cos[i] - y * sin[i]) + noise[b]) | 0;
          whole[b + h] = (Math.round(-(x * sin[i] + y * cos[i])) + noise[b + h]) | 0;
        }
      }
      const column = Math.floor(index / perColumn);
      whole[column] = (whole[column] + STEP) | 0;
      words.set(whole.subarray(0, columns), place * columns);
      return { index, secret, place: index % perColumn };
    });
    return out;
  }

  /** @param {Uint8Array} answer @returns {Promise<Uint8Array[]>} the records, each held against its digest */
  async records(answer) {
    const { size, rows, hint } = this, opened = this.open;
    this.open = []; // a secret serves no second answer
    if (!opened.length || !sameBytes(answer.slice(0, HEAD), this.header("VBLA", rows)) || answer.length !== HEAD + 2 * rows * opened.length)
      throw new Refused("The answer is not of this table.");
    const words = new Uint16Array(answer.slice(HEAD).buffer), out = [];
    for (const [turn, { index, secret, place }] of opened.entries()) {
      const found = new Uint8Array(size);
      for (let r = 0; r < size; r++) {
        const row = place * size + r, at = row * SIDE;
        let sum = 0;
        for (let i = 0; i < SIDE; i++) sum += hint[at + i] * secret[i];
        found[r] = (((words[turn * rows + row] - sum + 128) & 0xffff) >> 8) ^ 128;
      }
      const record = found.slice(0, size - DIGEST), number = new Uint8Array(8);
      new DataView(number.buffer).setUint32(0, index, true);
      if (!sameBytes((await sha256(number, record)).slice(0, DIGEST), found.slice(size - DIGEST)))
        throw new Refused("A fetched record contradicts its digest: the answer was altered, or made from another table.");
      out.push(record);
    }
    return out;
  }
}
