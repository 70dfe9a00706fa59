"use strict";
// Read the config of a model out of a file, as src/which_api/modelfile.py does. A .keras file is a zip archive; of a large one, only its end and the
// members that are asked for are read.
/* exported WhichApiFile */
/* global WHICH_API_DATA, WhichApiSentences */

/**
 * A member of a zip archive, as its directory describes it.
 *
 * @typedef {object} Entry
 * @property {string} name
 * @property {number} flags
 * @property {number} method
 * @property {number} crc
 * @property {number} packed
 * @property {number} size
 * @property {number} start
 */

const WhichApiFile = (() => {
  const { refusal } = WhichApiSentences;
  const { LARGEST } = WHICH_API_DATA; // bytes of JSON
  const limit = LARGEST / 2 ** 20;
  const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
  const ZIP = [0x50, 0x4b, 0x03, 0x04];

  /**
   * Return the text of the config in a Blob, and the version of Keras that saved it (or
   * nothing, for a file that does not say).
   *
   * @param {Blob} file
   * @returns {Promise<[string, string]>}
   */
  async function readText(file) {
    const start = new Uint8Array(await file.slice(0, 8).arrayBuffer());
    if (begins(start, HDF5)) throw refusal("hdf5");
    if (begins(start, ZIP)) {
      const entries = await entriesOf(file);
      const entry = entries.get("config.json");
      if (!entry) throw refusal("other-zip");
      const text = decoded(await member(file, entry));
      return [text, await versionOf(file, entries.get("metadata.json"))];
    }
    if (file.size > LARGEST) throw refusal("too-long", { limit });
    if (!file.size) throw refusal("empty");
    return [decoded(new Uint8Array(await file.arrayBuffer())), ""];
  }

  /**
   * The verdict does not depend on it, so that a file without it is no problem.
   *
   * @param {Blob} file
   * @param {Entry | undefined} entry
   */
  async function versionOf(file, entry) {
    if (!entry || entry.size > 10000) return "";
    try {
      const found = JSON.parse(decoded(await member(file, entry)));
      return String(found.keras_version ?? "");
    } catch {
      return "";
    }
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number[]} wanted
   */
  function begins(bytes, wanted) {
    return wanted.every((byte, index) => bytes[index] === byte);
  }

  /**
   * Return the text of JSON in UTF-8 or UTF-16, as Python's json.loads tells them apart.
   *
   * @param {Uint8Array} bytes
   */
  function decoded(bytes) {
    const [a, b] = bytes;
    let encoding = "utf-8";
    if ((a === 0xff && b === 0xfe) || (bytes.length > 1 && a && !b)) encoding = "utf-16le";
    if ((a === 0xfe && b === 0xff) || (bytes.length > 1 && !a && b)) encoding = "utf-16be";
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      throw refusal("no-text", { encoding: encoding.toUpperCase() });
    }
  }

  // --- zip ---------------------------------------------------------------------------

  const damaged = (/** @type {string} */ why) => refusal("damaged-zip", { why });

  /**
   * @param {Blob} file
   * @param {number} from
   * @param {number} to
   */
  async function view(file, from, to) {
    if (from < 0 || to > file.size || from > to) throw damaged("it is cut short");
    return new DataView(await file.slice(from, to).arrayBuffer());
  }

  const large = (/** @type {DataView} */ data, /** @type {number} */ at) =>
    Number(data.getBigUint64(at, true));

  /**
   * Return the members of an archive by name, from the directory at its end.
   *
   * @param {Blob} file
   * @returns {Promise<Map<string, Entry>>}
   */
  async function entriesOf(file) {
    const tail = Math.max(0, file.size - 22 - 0xffff); // a comment may follow
    const end = await view(file, tail, file.size);
    let at = end.byteLength - 22;
    while (at >= 0 && end.getUint32(at, true) !== 0x06054b50) at -= 1;
    if (at < 0) throw damaged("File is not a zip file");
    let count = end.getUint16(at + 10, true);
    let size = end.getUint32(at + 12, true);
    let start = end.getUint32(at + 16, true);
    const place = tail + at - 20;
    if (place >= 0) {
      // Above 4 GB, the numbers stand in a record of their own.
      const locator = await view(file, place, place + 20);
      if (locator.getUint32(0, true) === 0x07064b50) {
        const from = large(locator, 8);
        const record = await view(file, from, from + 56);
        if (record.getUint32(0, true) !== 0x06064b50) throw damaged("no directory");
        count = large(record, 32);
        size = large(record, 40);
        start = large(record, 48);
      }
    }
    if (size > LARGEST) throw damaged("its directory is too large");
    const directory = await view(file, start, start + size);
    const entries = new Map();
    let next = 0;
    for (let number = 0; number < count; number += 1) {
      if (next + 46 > size || directory.getUint32(next, true) !== 0x02014b50) {
        throw damaged("Bad magic number for central directory");
      }
      const lengths = [28, 30, 32].map((field) => directory.getUint16(next + field, true));
      const after = next + 46 + lengths[0] + lengths[1] + lengths[2];
      if (after > size) throw damaged("Truncated central directory");
      const name = new Uint8Array(directory.buffer, next + 46, lengths[0]);
      const entry = {
        flags: directory.getUint16(next + 8, true),
        method: directory.getUint16(next + 10, true),
        crc: directory.getUint32(next + 16, true),
        packed: directory.getUint32(next + 20, true),
        size: directory.getUint32(next + 24, true),
        start: directory.getUint32(next + 42, true),
        name: new TextDecoder().decode(name),
      };
      enlarge(entry, directory, next + 46 + lengths[0], lengths[1]);
      entries.set(entry.name, entry);
      next = after;
    }
    return entries;
  }

  /**
   * Replace the numbers that do not fit into 32 bits by those of the zip64 field.
   *
   * @param {Entry} entry
   * @param {DataView} directory
   * @param {number} from
   * @param {number} length
   */
  function enlarge(entry, directory, from, length) {
    const end = from + length;
    for (let at = from; at + 4 <= end; at += 4 + directory.getUint16(at + 2, true)) {
      if (directory.getUint16(at, true) !== 1) continue;
      let value = at + 4;
      for (const key of /** @type {const} */ (["size", "packed", "start"])) {
        if (entry[key] !== 0xffffffff) continue;
        if (value + 8 > end) throw damaged("Corrupt zip64 extra field");
        entry[key] = large(directory, value);
        value += 8;
      }
    }
  }

  /**
   * Return the bytes of a member; unpack no more than LARGEST.
   *
   * @param {Blob} file
   * @param {Entry} entry
   */
  async function member(file, entry) {
    if (entry.flags & 1) throw damaged(`File '${entry.name}' is encrypted`);
    if (entry.method !== 0 && entry.method !== 8) {
      throw damaged("That compression method is not supported");
    }
    if (entry.method === 0 && entry.packed > LARGEST) throw refusal("unpacks", { limit });
    const head = await view(file, entry.start, entry.start + 30);
    if (head.getUint32(0, true) !== 0x04034b50) {
      throw damaged("Bad magic number for file header");
    }
    const from =
      entry.start + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    if (from + entry.packed > file.size) throw damaged("it is cut short");
    let stream = file.slice(from, from + entry.packed).stream();
    if (entry.method === 8) {
      stream = stream.pipeThrough(new DecompressionStream("deflate-raw"));
    }
    const reader = stream.getReader();
    const chunks = [];
    let size = 0;
    for (;;) {
      let step;
      try {
        step = await reader.read();
      } catch {
        throw damaged("Error while decompressing data");
      }
      if (step.done) break;
      chunks.push(step.value);
      size += step.value.length;
      if (size > LARGEST) {
        reader.cancel().catch(() => {}); // nobody waits for the rest
        throw refusal("unpacks", { limit });
      }
    }
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    if (size !== entry.size || crc32(bytes) !== entry.crc) {
      throw damaged(`Bad CRC-32 for file '${entry.name}'`);
    }
    return bytes;
  }

  const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    return value;
  });

  /** @param {Uint8Array} bytes */
  function crc32(bytes) {
    let value = 0xffffffff;
    for (const byte of bytes) value = CRC[(value ^ byte) & 0xff] ^ (value >>> 8);
    return (value ^ 0xffffffff) >>> 0;
  }

  return { readText };
})();
