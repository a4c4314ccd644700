// Rings, randomness and transforms, for keys that never leave this tab. No dependency, no BigInt, no WebAssembly.
// The same mathematics as backends/he/scoring/ring.py; nothing here runs in constant time.

/** Whatever the other side sent that is not what it must be. */
class Refused extends Error {}

/** @param {number} size @returns {Uint8Array} bytes from the browser's cryptographic generator */
const randomBytes = (size) => {
  const out = new Uint8Array(size);
  for (let start = 0; start < size; start += 65536) crypto.getRandomValues(out.subarray(start, Math.min(size, start + 65536)));
  return out;
};

/** AES-128 in counter mode from zero: the key stream that both sides expand. `first` is the counter's first byte. */
const keyStream = async (key, size, first = 0) => {
  const made = await crypto.subtle.importKey("raw", key, "AES-CTR", false, ["encrypt"]);
  const counter = new Uint8Array(16);
  counter[0] = first;
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, made, new Uint8Array(size)));
};

/** @param {...Uint8Array} parts @returns {Promise<Uint8Array>} SHA-256 of all of them */
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));

const joined = (...parts) => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) out.set(part, (at += part.length) - part.length);
  return out;
};

const sameBytes = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);
const text = (words) => new TextEncoder().encode(words);

const popcount = (v) => {
  v -= (v >>> 1) & 0x55555555;
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** Uniform on -1, 0, 1: a byte modulo 3, without the byte 255. @returns {Int8Array} */
const ternary = (count) => {
  const out = new Int8Array(count);
  for (let k = 0; k < count; ) for (const byte of randomBytes(count)) if (byte < 255 && k < count) out[k++] = (byte % 3) - 1;
  return out;
};

/** Centred binomial of 42 coins, standard deviation 3.24. @returns {Int8Array} */
const errors = (count) => {
  const coins = new Uint32Array(randomBytes(8 * count).buffer), out = new Int8Array(count);
  for (let i = 0; i < count; i++) out[i] = popcount(coins[2 * i] & 0x1fffff) - popcount(coins[2 * i + 1] & 0x1fffff);
  return out;
};

// a b mod q for q < 2^30: the quotient by float64 is off by at most one, and the low 32 bits of the difference are exact.
const times = (a, b, q, inverse) => {
  let r = (Math.imul(a, b) - Math.imul(Math.floor(a * b * inverse), q)) | 0;
  if (r < 0) r += q;
  else if (r >= q) r -= q;
  return r;
};

const power = (base, exponent, q) => {
  let r = 1;
  for (let e = exponent; e; e = Math.floor(e / 2), base = times(base, base, q, 1 / q)) if (e & 1) r = times(r, base, q, 1 / q);
  return r;
};

const reversed = (i, bits) => {
  let r = 0;
  for (; bits--; i >>= 1) r = (r << 1) | (i & 1);
  return r;
};

/** Z_q[X] / (X^n + 1) in SEAL's order: values at the odd powers of the least primitive 2n-th root, bits reversed. */
class Ring {
  constructor(n, q) {
    Object.assign(this, { n, q, inverse: 1 / q });
    const bits = Math.log2(n);
    let base = 2;
    while (power(power(base, (q - 1) / (2 * n), q), n, q) !== q - 1) base++;
    const first = power(base, (q - 1) / (2 * n), q), square = times(first, first, q, this.inverse);
    let root = first;
    for (let i = 0, x = first; i < n; i++, x = times(x, square, q, this.inverse)) if (x < root) root = x;
    const back = power(root, q - 2, q);
    this.powers = new Int32Array(n);
    this.backs = new Int32Array(n);
    this.count = power(n, q - 2, q);
    for (let i = 0, a = 1, b = 1; i < n; i++, a = times(a, root, q, this.inverse), b = times(b, back, q, this.inverse)) {
      this.powers[reversed(i, bits)] = a;
      this.backs[reversed(i, bits)] = b;
    }
  }

  /** In place: coefficients from 0 up to q become values. */
  transform(x) {
    const { n, q, inverse, powers } = this;
    for (let groups = 1, half = n >> 1; groups < n; groups <<= 1, half >>= 1)
      for (let g = 0; g < groups; g++) {
        const w = powers[groups + g];
        for (let j = 2 * g * half; j < (2 * g + 1) * half; j++) {
          const u = x[j], v = times(x[j + half], w, q, inverse);
          let a = u + v - q, b = u - v;
          a += (a >> 31) & q;
          b += (b >> 31) & q;
          x[j] = a;
          x[j + half] = b;
        }
      }
    return x;
  }

  /** In place: values become coefficients. */
  undo(x) {
    const { n, q, inverse, backs, count } = this;
    for (let groups = n >> 1, half = 1; groups >= 1; groups >>= 1, half <<= 1)
      for (let g = 0; g < groups; g++) {
        const w = backs[groups + g];
        for (let j = 2 * g * half; j < (2 * g + 1) * half; j++) {
          const u = x[j], v = x[j + half];
          let a = u + v - q, b = u - v;
          a += (a >> 31) & q;
          b += (b >> 31) & q;
          x[j] = a;
          x[j + half] = times(b, w, q, inverse);
        }
      }
    for (let i = 0; i < n; i++) x[i] = times(x[i], count, q, inverse);
    return x;
  }
}

/** cos and sin of pi k / n. */
const circles = (n) => {
  const cos = new Float64Array(n), sin = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    cos[i] = Math.cos((Math.PI * i) / n);
    sin[i] = Math.sin((Math.PI * i) / n);
  }
  return { cos, sin };
};

/** Discrete Fourier transform of n / 2 complex numbers with a positive exponent, in place. */
const fourier = (re, im, { cos, sin }, n) => {
  const h = n / 2, bits = Math.log2(h);
  for (let i = 0; i < h; i++) {
    const j = reversed(i, bits);
    if (j > i) {
      let t = re[i];
      re[i] = re[j];
      re[j] = t;
      t = im[i];
      im[i] = im[j];
      im[j] = t;
    }
  }
  for (let length = 2; length <= h; length <<= 1) {
    const step = (2 * n) / length, half = length >> 1;
    for (let i = 0; i < h; i += length)
      for (let k = 0; k < half; k++) {
        const c = cos[k * step], s = sin[k * step], u = i + k, v = u + half;
        const xr = re[v] * c - im[v] * s, xi = re[v] * s + im[v] * c;
        re[v] = re[u] - xr;
        im[v] = im[u] - xi;
        re[u] += xr;
        im[u] += xi;
      }
  }
};
