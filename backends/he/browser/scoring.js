// The client of backends/he/scoring: encrypts a vector under a key of this tab, decrypts and checks the scores.

const SCALES = "veilbench/he/layout/2", MARGIN = 8, EXACT_LIMIT = 0.4;

class ScoringClient {
  /**
   * @param {{number: number, degree: number, primes: number[], exact: boolean}} preset
   * @param {Uint8Array} published what the server publishes: counts and scales
   */
  static async open(preset, published) {
    const view = new DataView(published.buffer, published.byteOffset, published.length);
    if (published.length !== 40 || view.getUint32(0) !== 0x56424853 || view.getUint8(4) !== 1 || view.getUint8(5) !== preset.number)
      throw new Refused("The published scales are not those of this preset.");
    const client = new ScoringClient(), { degree } = preset;
    Object.assign(client, { preset, n: degree, items: view.getUint32(8, true), dims: view.getUint32(12, true) });
    Object.assign(client, { blocks: view.getUint32(16, true), norm: view.getUint32(20, true) });
    client.scaleUser = Number(view.getBigUint64(24, true));
    client.scaleItem = Number(view.getBigUint64(32, true));
    if (client.blocks !== Math.ceil(client.items / (degree - 2)) || !client.dims || !client.scaleUser || !client.scaleItem)
      throw new Refused("The published scales contradict themselves.");
    client.rings = preset.primes.map((q) => new Ring(degree, q));
    client.circles = circles(degree);
    client.slots = new Int32Array(degree / 2);
    for (let j = 0, e = 1; j < degree / 2; j++, e = (e * 3) % (2 * degree)) client.slots[j] = e;
    const { blocks, dims } = client;
    client.signs = await client.stream(text("signs"), (blocks * degree) / 8);
    const size = new Uint8Array(new Uint32Array([dims]).buffer);
    client.guards = new Uint16Array((await client.stream(joined(size, text("sentinel")), 4 * blocks * dims)).buffer);
    client.rekey();
    return client;
  }

  async stream(label, size) {
    return keyStream((await sha256(text(SCALES), label)).slice(0, 16), size);
  }

  /** A fresh secret; what was encrypted under the one before can be read no more. */
  rekey() {
    const secret = ternary(this.n);
    this.key = this.rings.map((r) => r.transform(Int32Array.from(secret, (v) => (v < 0 ? v + r.q : v))));
    this.expected = null;
  }

  /** @param {ArrayLike<number>} vector whole numbers (d,) @returns {Promise<Uint8Array>} the query: fresh every time */
  async query(vector) {
    const { n, dims, rings, preset } = this, primes = rings.length, seed = randomBytes(16);
    if (vector.length !== dims || Array.from(vector).reduce((s, v) => s + v * v, 0) > this.norm ** 2)
      throw new Refused("This taste is not a vector that the catalogue's scales allow.");
    const out = new Uint8Array(36 + 4 * dims * primes * n), words = new Uint32Array(out.buffer), head = new DataView(out.buffer);
    out.set(text("VBHQ"));
    head.setUint8(4, 2);
    head.setUint8(5, preset.number);
    head.setUint32(8, n, true);
    head.setUint32(12, dims, true);
    out.set(seed, 20);
    const noise = errors(dims * n), x = new Int32Array(n);
    for (let p = 0; p < primes; p++) {
      const { q, inverse } = rings[p], key = this.key[p], mask = 2 ** (32 - Math.clz32(q)) - 1;
      const drawn = Math.ceil(((dims * n * (mask + 1)) / q) * 1.01) + 1024;
      const stream = new Uint32Array((await keyStream(seed, 4 * drawn, p)).buffer);
      for (let j = 0, k = 0; j < dims; j++) {
        for (let i = 0; i < n; i++) {
          const v = noise[j * n + i];
          x[i] = v < 0 ? v + q : v;
        }
        rings[p].transform(x);
        const value = (((vector[j] * this.scaleUser) % q) + q) % q, at = 9 + (j * primes + p) * n;
        for (let i = 0; i < n; i++) {
          let a = stream[k++] & mask;
          while (a >= q) a = stream[k++] & mask;
          let b = value + x[i] - q - times(a, key[i], q, inverse);
          if (b < 0) b += q;
          if (b < 0) b += q;
          words[at + i] = b;
        }
      }
    }
    this.expected = this.sentinels(vector);
    return out;
  }

  /** The scores that the public rows of each block must have, (2 blocks,). */
  sentinels(vector) {
    const { blocks, dims, guards } = this, most = Math.max(1, Math.round(256 * Math.sqrt(3 / dims)));
    const out = new Float64Array(2 * blocks);
    for (let row = 0, k = 0; row < 2 * blocks; row++)
      for (let j = 0; j < dims; j++, k++) out[row] += (1 + ((guards[k] >> 1) % most)) * (1 - 2 * (guards[k] & 1)) * vector[j];
    return out;
  }

  /** @param {Uint8Array} answer @returns {Float64Array} scores (N,); Refused where they fail a check */
  scores(answer) {
    const { n, blocks, items, preset, signs } = this, rows = this.decrypt(answer), half = n / 2;
    const error = (this.norm * Math.sqrt(n / 12)) / this.scaleItem, limit = preset.exact ? EXACT_LIMIT : MARGIN * error;
    const largest = ((this.norm ** 2 * this.scaleUser) / this.scaleItem) / Math.sqrt(252) + limit, out = new Float64Array(items);
    for (let i = 0; i < rows.length; i++) {
      if ((signs[i >> 3] >> (7 - (i & 7))) & 1) rows[i] = -rows[i];
      const off = preset.exact ? Math.abs(rows[i] - Math.round(rows[i])) > limit : Math.abs(rows[i]) > largest;
      if (off || Number.isNaN(rows[i])) throw new Refused("The answer decrypts to values that are no scores.");
    }
    for (let b = 0, k = 0; b < blocks; b++) {
      const guards = [rows[b * n + half - 1], rows[b * n + n - 1]];
      if (guards.some((v, i) => !(Math.abs(v - this.expected[2 * b + i]) <= limit)))
        throw new Refused("The answer fails its check: altered, or made under another key.");
      for (let i = 0; i < n - 1 && k < items; i++) if (i !== half - 1) out[k++] = rows[b * n + i];
    }
    return out;
  }

  /** Slots of every block as they decrypt, real parts and then imaginary ones, unchecked. @returns {Float64Array} */
  decrypt(answer) {
    const { n, blocks, rings, slots } = this, primes = rings.length, h = n / 2, view = new DataView(answer.buffer, answer.byteOffset);
    if (answer.length !== 20 + 8 * blocks * primes * n || view.getUint32(0) !== 0x56424841 || view.getUint32(16, true) !== blocks)
      throw new Refused("The answer is not of this catalogue's shape.");
    const words = new Uint32Array(answer.slice(20).buffer), out = new Float64Array(blocks * n), m = new Float64Array(n);
    const [a, b] = rings, turn = primes > 1 ? power(a.q % b.q, b.q - 2, b.q) : 0, parts = rings.map(() => new Int32Array(n));
    const re = new Float64Array(h), im = new Float64Array(h), { cos, sin } = this.circles, scale = this.scaleUser * this.scaleItem;
    for (let t = 0; t < blocks; t++) {
      for (let p = 0; p < primes; p++) {
        const { q, inverse } = rings[p], key = this.key[p], at = (2 * t * primes + p) * n, x = parts[p];
        for (let i = 0; i < n; i++) {
          if (words[at + i] >= q || words[at + primes * n + i] >= q) throw new Refused("A residue of the answer is too large.");
          const v = words[at + i] - q + times(words[at + primes * n + i], key[i], q, inverse);
          x[i] = v + ((v >> 31) & q);
        }
        rings[p].undo(x);
      }
      for (let i = 0; i < n; i++) {
        if (primes === 1) m[i] = parts[0][i] > a.q / 2 ? parts[0][i] - a.q : parts[0][i];
        else {
          let digit = (parts[1][i] - parts[0][i]) % b.q;
          if (digit < 0) digit += b.q;
          digit = times(digit, turn, b.q, b.inverse);
          m[i] = parts[0][i] + a.q * (digit > b.q / 2 ? digit - b.q : digit);
        }
      }
      for (let i = 0; i < h; i++) {
        re[i] = m[i] * cos[i] - m[i + h] * sin[i];
        im[i] = m[i] * sin[i] + m[i + h] * cos[i];
      }
      fourier(re, im, this.circles, n);
      // The root of an exponent that is 1 modulo 4 is in the transform, of one that is 3 its conjugate.
      for (let j = 0; j < h; j++) {
        const e = slots[j], own = (e & 3) === 1, k = own ? (e - 1) >> 2 : (2 * n - e - 1) >> 2;
        out[t * n + j] = re[k] / scale;
        out[t * n + h + j] = (own ? im[k] : -im[k]) / scale;
      }
    }
    return out;
  }
}
